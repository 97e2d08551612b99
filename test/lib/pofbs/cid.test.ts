/** CIDs against those of ipfs-unixfs-importer 17.1.1, above 2 GiB with its encoding of uint64 corrected. Files are zeros. */
import { describe, expect, it } from 'vitest';
import { CidFold, LeafHasher, PROFILES, varint } from '../../../src/lib/pofbs/cid.js';
import type { CidProfile } from '../../../src/lib/pofbs/types.js';

const KNOWN: Readonly<Record<string, Readonly<Record<CidProfile, string>>>> = {
  '0': {
    'unixfs-v0-2015': 'QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH',
    'unixfs-v1-2025': 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
  },
  '1': {
    'unixfs-v0-2015': 'QmS9JArPwa55ePgDnyg6TzX24mYTS1b1vLqWNebyVotKxQ',
    'unixfs-v1-2025': 'bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu',
  },
  '12': {
    'unixfs-v0-2015': 'QmfKzwsQ1N2JRPX7BT2Yn93sNEmWbP6ijYhZSy4b6LnH4B',
    'unixfs-v1-2025': 'bafkreiav5r57bnihgk2j7ari4b6sinsthd46hk4zjmak6chfuo774vp5rm',
  },
  '262143': {
    'unixfs-v0-2015': 'QmbNDspMkzkMFKyS3eCJGedG7GWRQHSCzJCZLjxP7wyVAx',
    'unixfs-v1-2025': 'bafkreic6iqyxuiad5dem4bzgyy336yoi6tegdqa4e5vt24gq3btool5cra',
  },
  '262144': {
    'unixfs-v0-2015': 'QmRk1rduJvo5DfEYAaLobS2za9tDszk35hzaNSDCJ74DA7',
    'unixfs-v1-2025': 'bafkreiekhhjkxu4ztk3tyng3er3ijhg56mb44oe3gwbgquhzu4afrg2ksa',
  },
  '262145': {
    'unixfs-v0-2015': 'QmbVuw4C4vcmVKqxoWtgDVobvcHrSn51qsmQmyxjk4sB2Q',
    'unixfs-v1-2025': 'bafkreifspibstbhkrjv6y4amhvxwh6h47p4p7dxyp2lsrep63jhousvnbq',
  },
  '1048576': {
    'unixfs-v0-2015': 'QmVkbauSDEaMP4Tkq6Epm9uW75mWm136n81YH8fGtfwdHU',
    'unixfs-v1-2025': 'bafkreibq4fevl27rgurgnxbp7adh42aqiyd6ouflxhj3gzmcxcxzbh6lla',
  },
  '1048577': {
    'unixfs-v0-2015': 'Qmeb988ZjF9Ui6AVPR8Sjg5sAv1B6DauS5rUjCoNs7ftZ1',
    'unixfs-v1-2025': 'bafybeihd4yzq7n5umhjngdum4r6k2to7egxfkf2jz6thvwzf6djus22cmq',
  },
  '45613056': {
    'unixfs-v0-2015': 'QmY4HSz1oVGdUzb8poVYPLsoqBZjH6LZrtgnme9wWn2Qko',
    'unixfs-v1-2025': 'bafybeidoa6tva5z3p2c545zsnczdfmen3cshhpkym72zynvebarw7qahie',
  },
  '45613057': {
    'unixfs-v0-2015': 'QmehMASWcBsX7VcEQqs6rpR5AHoBfKyBVEgmkJHjpPg8jq',
    'unixfs-v1-2025': 'bafybeihp2d7d2jdhoqc4hit3misyawmwdz4r5uy2lyr2waty7rm65hwdke',
  },
  '45875200': {
    'unixfs-v0-2015': 'QmaL1KiQRV8secNszpjjFPg722T53c77k2dz5UsNua59ZT',
    'unixfs-v1-2025': 'bafybeidwgt4ykzwyyy6gg3ovyer62h3xg2hqmegx6xwb46k6jefqq3lpqu',
  },
  '1073741824': {
    'unixfs-v0-2015': 'QmdiETTY5fiwTkJeERbWAbPKtzcyjzMEJTJJosrqo2qKNm',
    'unixfs-v1-2025': 'bafybeibqawkaltgjfdebq4no6nmfcvkcw7k52xqzclkwfmrkn6oxw7srmy',
  },
  '1073741825': {
    'unixfs-v0-2015': 'QmPsY8mLDNzxziyzLErtpCWsbGWuR34ALwyupbqnR1gm5j',
    'unixfs-v1-2025': 'bafybeigx4uyebjbq65346xh6cjrt6yshbdudzudhnqecwbzvymslxj7gje',
  },
  '1074790405': {
    'unixfs-v0-2015': 'QmUCPvWcYWehXnjYY6WNokikA9io56SeSsRytVmWyYzvS5',
    'unixfs-v1-2025': 'bafybeidkk4l55w2zb4psa6t2hchomds2n62adgcpfouhjekvez4mqzsrvq',
  },
  '2147483648': {
    'unixfs-v0-2015': 'QmTbKT35oQzKgR34LUHaPdtrFrphjxiQJLrz6QMyU4kQNC',
    'unixfs-v1-2025': 'bafybeieyiwtflptdh35ga5rvsber2dzcbc7cikzfdwjmndjifuq42d6yhe',
  },
  '2306867200': {
    'unixfs-v0-2015': 'QmfKia3kSYAweY8ms6kzaz4KrwK8jajB4Fs58LSojuTMKa',
    'unixfs-v1-2025': 'bafybeigwvpp3e4qoqtvnpvsmhn3gn3whwtorpk7k5bkb2se7uhcxjzwzbu',
  },
  '4294967296': {
    'unixfs-v0-2015': 'QmPCeAaPPMtTcoik9wjDpwPgYw9NStZ1AzpEz7nJQQPi3C',
    'unixfs-v1-2025': 'bafybeidtxqruzlcsoiwzdbhebsfnif67v3r2r73etp6cvchma4xftr7izu',
  },
  '4294967297': {
    'unixfs-v0-2015': 'QmPAiDJHb2uUV2gyqnVAMUdNpKpd4jb64iiGDEpvrGU5Sx',
    'unixfs-v1-2025': 'bafybeigswzpahgdwgj6euaei6hk4pdwl6uqbltyw3ojehcuomb3kb3xhlm',
  },
  '7936671745': {
    'unixfs-v0-2015': 'QmVZLgevKqdMBkEdFhcauLccqzLNn2gmfwVaXhHEZJyqzm',
    'unixfs-v1-2025': 'bafybeid2c4n2xgqlrnqoetgl2bstp5wgp5hvp2azfjwfuflmv5w2beyeqe',
  },
};

/** The CID of a file, its bytes given in portions. */
function cidOf(profile: CidProfile, bytes: Uint8Array, portion: number): string {
  const fold = new CidFold(profile);
  const hasher = new LeafHasher(profile, (leaf) => fold.push(leaf));
  for (let at = 0; at < bytes.length; at += portion) hasher.update(bytes.subarray(at, at + portion));
  hasher.finish();
  return fold.finish();
}

/** The CID of a file of zeros of any size: full chunks all have one leaf, which is hashed once. */
function cidOfZeros(profile: CidProfile, size: number): string {
  const { chunk } = PROFILES[profile];
  const fold = new CidFold(profile);
  const hasher = new LeafHasher(profile, (leaf) => {
    if (leaf.size < chunk) return fold.push(leaf);
    for (let at = 0; at + chunk <= size; at += chunk) fold.push(leaf);
  });
  if (size >= chunk) hasher.update(new Uint8Array(chunk));
  hasher.update(new Uint8Array(size % chunk));
  hasher.finish();
  return fold.finish();
}

describe.each(Object.keys(PROFILES) as CidProfile[])('%s', (profile) => {
  it.each(Object.entries(KNOWN))('of %s zeros', (size, cids) => {
    expect(cidOfZeros(profile, Number(size))).toBe(cids[profile]);
  });
  it('does not depend on the portions that are read', () => {
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, at) => (at * 31) >> 3);
    const whole = cidOf(profile, bytes, bytes.length);
    for (const portion of [1_000, 65_536, 262_144, 1_048_576, 1_048_577])
      expect(cidOf(profile, bytes, portion)).toBe(whole);
    bytes[2_999_999] = (bytes[2_999_999] as number) ^ 1;
    expect(cidOf(profile, bytes, 65_536)).not.toBe(whole);
  });
});

describe('known answers', () => {
  it('hello world', () => {
    const hello = new TextEncoder().encode('hello world\n');
    expect(cidOf('unixfs-v0-2015', hello, 5)).toBe('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o');
  });
  it('varints of up to 53 bits', () => {
    expect(varint(0)).toEqual([0]);
    expect(varint(300)).toEqual([0xac, 2]);
    expect(varint(2 ** 31)).toEqual([128, 128, 128, 128, 8]);
    expect(varint(2 ** 32 + 1)).toEqual([129, 128, 128, 128, 16]);
    expect(varint(2 ** 53 - 1)).toEqual([255, 255, 255, 255, 255, 255, 255, 15]);
  });
});
