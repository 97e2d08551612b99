//! Records of a ledger: a sequence of bytes with its length before it, 16 bits in little endian. Reading good lines of a
//! ledger, sorting, merging, ids, and the rows that are written out. What is not good is not judged here: a function
//! stops before it and the host does (ledger.ts, build.ts).

use core::arch::wasm32::*;
use core::cmp::Ordering;
use core::ptr::{addr_of, addr_of_mut};

const PREFIX: usize = 2;
/// wallet 32 | asset 2 | line 6, then a flag, the salt if there is one, and the amounts as text.
const WALLET_KEY: usize = 40;
/// id 32 | asset 2, then wallet 32 | salt 32 | amounts as text.
const ID_KEY: usize = 34;
/// New wallets of a batch; before them stands the last one of the batch before.
const BATCH: usize = 4096;
const PAGE: usize = 65_536;

/// What is said besides a result.
#[repr(C)]
struct Said {
    /// A place, in bytes.
    at: u32,
    count: u32,
    /// Why it stopped: one of the constants below.
    why: u32,
    /// Rows taken, the place of the last of them, and how many are in `hits`, or are without a wallet.
    rows: u32,
    last: u32,
    more: u32,
}

const ENDED: u32 = 0;
/// Here is something for the host.
const LEFT: u32 = 1;
/// There is no room for more.
const FULL: u32 = 2;
/// A wallet twice in one asset.
const REPEATED: u32 = 3;
/// Another salt than the wallet had before.
const OTHER_SALT: u32 = 4;

static mut SAID: Said = Said { at: 0, count: 0, why: 0, rows: 0, last: 0, more: 0 };

#[no_mangle]
pub extern "C" fn said() -> *const u8 { addr_of!(SAID).cast() }

unsafe fn say(at: usize, count: usize, why: u32) {
    let said = &mut *addr_of_mut!(SAID);
    said.at = at as u32;
    said.count = count as u32;
    said.why = why;
}

/// New memory, zeros, a multiple of a page from the next page on; 0 if there is none.
#[no_mangle]
pub extern "C" fn reserve(bytes: usize) -> usize {
    let before = memory_grow(0, bytes.div_ceil(PAGE));
    if before == usize::MAX { 0 } else { before * PAGE }
}

/// Records from the beginning of a stretch of memory upwards, and from its end downwards where each of them begins.
#[repr(C)]
pub struct Sorter {
    base: *mut u8,
    /// A multiple of 8.
    size: usize,
    used: usize,
    held: usize,
    key: usize,
}

impl Sorter {
    /// Room for a record, with its length written; none if it is full.
    #[inline(always)]
    unsafe fn push(&mut self, length: usize) -> Option<*mut u8> {
        if self.used + PREFIX + length + 8 * (self.held + 1) > self.size {
            return None;
        }
        let at = self.base.add(self.used);
        at.cast::<u16>().write_unaligned(length as u16);
        self.used += PREFIX + length;
        self.held += 1;
        let entry = self.base.add(self.size).cast::<u64>().sub(self.held);
        entry.write((at as usize - self.base as usize + PREFIX) as u64);
        Some(at.add(PREFIX))
    }
}

/// Adds a record; false if there is no room.
///
/// # Safety
/// `sorter` and `record` are what the host reserved.
#[no_mangle]
pub unsafe extern "C" fn add(sorter: *mut Sorter, record: *const u8, length: usize) -> bool {
    let Some(into) = (*sorter).push(length) else { return false };
    copy(into, record, length);
    true
}

/// Sorts what is held.
///
/// # Safety
/// As for `add`.
#[no_mangle]
pub unsafe extern "C" fn sort(sorter: *mut Sorter) {
    let Sorter { base, size, held, key, .. } = *sorter;
    let index = core::slice::from_raw_parts_mut(base.add(size).cast::<u64>().sub(held), held);
    for entry in index.iter_mut() {
        let offset = *entry & 0xffff_ffff;
        *entry = u64::from(leading(base.add(offset as usize))) << 32 | offset;
    }
    index.sort_unstable_by(|a, b| {
        (a >> 32).cmp(&(b >> 32)).then_with(|| {
            compare(base.add((*a & 0xffff_ffff) as usize), base.add((*b & 0xffff_ffff) as usize), key)
        })
    });
}

/// Copies sorted records from number `from` on, with their lengths, as many as fit. Says bytes and the number after.
///
/// # Safety
/// As for `add`.
#[no_mangle]
pub unsafe extern "C" fn gather(sorter: *const Sorter, from: usize, out: *mut u8, room: usize) {
    let Sorter { base, size, held, .. } = *sorter;
    let index = base.add(size).cast::<u64>().sub(held);
    let (mut at, mut number) = (0, from);
    while number < held {
        let record = base.add((*index.add(number) & 0xffff_ffff) as usize).sub(PREFIX);
        let length = PREFIX + length_at(record);
        if at + length > room {
            break;
        }
        copy(out.add(at), record, length);
        at += length;
        number += 1;
    }
    say(at, number, ENDED);
}

/// A part of a sorted run.
#[repr(C)]
pub struct Reader {
    at: *const u8,
    end: *const u8,
    /// Nothing follows in the run.
    ended: u32,
}

impl Reader {
    unsafe fn holds(&self) -> bool {
        let left = self.end as usize - self.at as usize;
        left >= PREFIX && left >= PREFIX + length_at(self.at)
    }
}

/// Copies the least of the readers' records again and again, until `out` is full or a reader must be filled. Says bytes,
/// which reader, and LEFT if one must be filled.
///
/// # Safety
/// As for `add`; `count` readers.
#[no_mangle]
pub unsafe extern "C" fn merge(readers: *mut Reader, count: usize, key: usize, out: *mut u8, room: usize) {
    let readers = core::slice::from_raw_parts_mut(readers, count);
    let mut at = 0;
    for (number, reader) in readers.iter().enumerate() {
        if reader.ended == 0 && !reader.holds() {
            return say(at, number, LEFT);
        }
    }
    loop {
        let mut least = usize::MAX;
        let mut first = 0;
        for (number, reader) in readers.iter().enumerate() {
            if reader.at == reader.end {
                continue;
            }
            let own = leading(reader.at.add(PREFIX));
            if least == usize::MAX
                || own < first
                || (own == first
                    && compare(reader.at.add(PREFIX), readers[least].at.add(PREFIX), key) == Ordering::Less)
            {
                least = number;
                first = own;
            }
        }
        if least == usize::MAX {
            return say(at, count, ENDED);
        }
        let reader = &mut readers[least];
        let length = PREFIX + length_at(reader.at);
        if at + length > room {
            return say(at, count, FULL);
        }
        copy(out.add(at), reader.at, length);
        at += length;
        reader.at = reader.at.add(length);
        if reader.ended == 0 && !reader.holds() {
            return say(at, least, LEFT);
        }
    }
}

/// Place of the first record of block[from..to] whose first `length` bytes are those of the record before it in the
/// block, or `to`.
///
/// # Safety
/// Whole records.
#[no_mangle]
pub unsafe extern "C" fn find_equal(block: *const u8, from: usize, to: usize, length: usize) -> usize {
    let mut before = from;
    let mut at = from + PREFIX + length_at(block.add(from));
    let mut count = 1;
    while at < to {
        if compare(block.add(before + PREFIX), block.add(at + PREFIX), length) == Ordering::Equal {
            break;
        }
        before = at;
        at += PREFIX + length_at(block.add(at));
        count += 1;
    }
    say(before, count, ENDED);
    at.min(to)
}

/// How the lines of a ledger are: what stands at each place, and the names of its assets.
#[repr(C)]
pub struct Form {
    /// 0 wallet, 1 total, 2 withdrawable, 3 request, 4 asset, 5 salt.
    columns: [u8; 8],
    places: usize,
    /// Each with its length before it, one byte.
    names: *const u8,
    assets: usize,
}

/// Reads good lines of text[from..to] into a sorter, until one is not good. Says the place after the last one taken, how
/// many, and why it stopped.
///
/// # Safety
/// As for `add`; at least 64 bytes may be read behind `to`.
#[no_mangle]
pub unsafe extern "C" fn read_ledger(
    sorter: *mut Sorter,
    text: *const u8,
    from: usize,
    to: usize,
    form: *const Form,
    line: f64,
) {
    let form = &*form;
    let mut number = line as u64;
    let (mut at, mut count) = (from, 0);
    while at < to {
        let Some(next) = read_line(&mut *sorter, text.add(at), text.add(to), form, number) else {
            return say(at, count, *addr_of!(WHY));
        };
        at = next as usize - text as usize;
        number += 1;
        count += 1;
    }
    say(at, count, ENDED);
}

static mut WHY: u32 = 0;
type Field = (*const u8, usize);

#[inline(always)]
unsafe fn read_line(
    sorter: &mut Sorter,
    line: *const u8,
    end: *const u8,
    form: &Form,
    number: u64,
) -> Option<*const u8> {
    *addr_of_mut!(WHY) = LEFT;
    let mut fields: [Field; 8] = [(line, 0); 8];
    let mut given = 0u32;
    let mut place = 0;
    let mut begin = line;
    let mut at = line;
    loop {
        if at >= end {
            *addr_of_mut!(WHY) = ENDED;
            return None;
        }
        let byte = *at;
        // Everything that may be something else than itself is the host's: quotes, blanks, carriage returns.
        if byte == b'"' || byte <= b' ' || byte == b',' {
            if byte != b',' && byte != b'\n' {
                return None;
            }
            if place >= form.places {
                return None;
            }
            let column = form.columns[place] as usize & 7;
            fields[column] = (begin, at as usize - begin as usize);
            given |= 1 << column;
            place += 1;
            begin = at.add(1);
            if byte == b'\n' {
                break;
            }
        }
        at = at.add(1);
    }
    let next = begin;
    if place != form.places {
        return None;
    }
    let mut wallet = [0u8; 32];
    let (start, length) = fields[0];
    let read = if length == 66 && *start == b'0' && *start.add(1) == b'x' {
        hex32(start.add(2), &mut wallet)
    } else {
        ss58(start, length, &mut wallet)
    };
    if !read {
        return None;
    }
    for column in 1..4 {
        let (start, length) = fields[column];
        if length == 0 || length > 38 || (*start == b'0' && length > 1) {
            return None;
        }
        for digit in 0..length {
            if (*start.add(digit)).wrapping_sub(b'0') > 9 {
                return None;
            }
        }
    }
    // What may be withdrawn is a part of the total, and what is asked for a part of that.
    if above(fields[2], fields[1]) || above(fields[3], fields[2]) {
        return None;
    }
    let asset = if given & 16 != 0 { asset_of(form, fields[4])? } else { 0 };
    let mut salt = [0u8; 32];
    let salted = given & 32 != 0;
    if salted {
        let (start, length) = fields[5];
        let skip = if length == 66 && *start == b'0' && *start.add(1) == b'x' { 2 } else { 0 };
        if length - skip != 64 || !hex32(start.add(skip), &mut salt) {
            return None;
        }
    }
    let amounts = fields[1].1 + fields[2].1 + fields[3].1 + 2;
    let length = WALLET_KEY + 1 + if salted { 32 } else { 0 } + amounts;
    let Some(record) = sorter.push(length) else {
        *addr_of_mut!(WHY) = FULL;
        return None;
    };
    record.cast::<[u8; 32]>().write(wallet);
    *record.add(32) = (asset >> 8) as u8;
    *record.add(33) = asset as u8;
    for (place, byte) in number.to_be_bytes()[2..].iter().enumerate() {
        *record.add(34 + place) = *byte;
    }
    *record.add(40) = u8::from(salted);
    let mut to = record.add(41);
    if salted {
        to.cast::<[u8; 32]>().write(salt);
        to = to.add(32);
    }
    for column in 1..4 {
        if column > 1 {
            *to = b',';
            to = to.add(1);
        }
        let (start, length) = fields[column];
        copy(to, start, length);
        to = to.add(length);
    }
    Some(next)
}

/// Whether an amount is more than another, both without leading zeros.
unsafe fn above(one: Field, other: Field) -> bool {
    one.1 > other.1 || (one.1 == other.1 && compare(one.0, other.0, one.1) == Ordering::Greater)
}

unsafe fn asset_of(form: &Form, (start, length): Field) -> Option<usize> {
    let mut name = form.names;
    for asset in 0..form.assets {
        let own = *name as usize;
        if own == length && compare(name.add(1), start, length) == Ordering::Equal {
            return Some(asset);
        }
        name = name.add(1 + own);
    }
    None
}

/// 64 hexadecimal digits of either case.
unsafe fn hex32(text: *const u8, into: &mut [u8; 32]) -> bool {
    let mut bad = 0;
    for (place, byte) in into.iter_mut().enumerate() {
        let (high, low) = (HEX[*text.add(2 * place) as usize], HEX[*text.add(2 * place + 1) as usize]);
        bad |= high | low;
        *byte = high << 4 | low & 15;
    }
    bad < 16
}

const HEX: [u8; 256] = {
    let mut table = [255; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};

const BASE58: [u8; 256] = {
    let digits = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut table = [255; 256];
    let mut value = 0;
    while value < 58 {
        table[digits[value] as usize] = value as u8;
        value += 1;
    }
    table
};

/// SS58 of 32 bytes, with the checksum: what wallet.ts accepts, and nothing else.
#[inline(never)]
unsafe fn ss58(text: *const u8, length: usize, into: &mut [u8; 32]) -> bool {
    // With 46 digits the number has at least 33 bytes; what is shorter begins with zeros and is left to the host.
    if !(46..=50).contains(&length) || *text == b'1' && *text.add(1) == b'1' {
        return false;
    }
    let mut limbs = [0u32; 9];
    let mut at = 0;
    while at < length {
        // Five digits at once: 58^5 fits into 32 bits.
        let (mut group, mut power) = (0u32, 1u32);
        let stop = (at + 5).min(length);
        while at < stop {
            let digit = BASE58[*text.add(at) as usize];
            if digit == 255 {
                return false;
            }
            group = group * 58 + u32::from(digit);
            power *= 58;
            at += 1;
        }
        let mut carry = u64::from(group);
        for limb in limbs.iter_mut() {
            carry += u64::from(*limb) * u64::from(power);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            return false;
        }
    }
    let mut bytes = [0u8; 36];
    for (place, limb) in limbs.iter().enumerate() {
        bytes[32 - 4 * place..36 - 4 * place].copy_from_slice(&limb.to_be_bytes());
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let ones = usize::from(*text == b'1');
    let from = match zeros.checked_sub(ones) {
        Some(from) => from,
        None => return false,
    };
    let width = match from {
        0 => 2,
        1 => 1,
        _ => return false,
    };
    let first = bytes[from];
    if width == 1 {
        if first > 63 || first == 46 || first == 47 {
            return false;
        }
    } else {
        if !(64..=127).contains(&first) {
            return false;
        }
        let second = u16::from(bytes[1]);
        let prefix = (u16::from(first & 0x3f) << 2) | (second >> 6) | ((second & 0x3f) << 8);
        if prefix == 46 || prefix == 47 {
            return false;
        }
    }
    let mut block = [0u8; 128];
    block[..7].copy_from_slice(b"SS58PRE");
    block[7..7 + width + 32].copy_from_slice(&bytes[from..from + width + 32]);
    let digest = blake2b512(&block, 7 + width + 32);
    if bytes[34] != digest as u8 || bytes[35] != (digest >> 8) as u8 {
        return false;
    }
    into.copy_from_slice(&bytes[from + width..from + width + 32]);
    true
}

const IV: [u64; 8] = [
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
];

const SIGMA: [[u8; 16]; 12] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
];

/// The first word of BLAKE2b-512 (RFC 7693) over at most one block.
#[inline(never)]
fn blake2b512(block: &[u8; 128], length: usize) -> u64 {
    let mut message = [0u64; 16];
    for (word, bytes) in message.iter_mut().zip(block.chunks_exact(8)) {
        *word = u64::from_le_bytes([
            bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
        ]);
    }
    let start = IV[0] ^ 0x0101_0040;
    let mut v = [
        start, IV[1], IV[2], IV[3], IV[4], IV[5], IV[6], IV[7],
        IV[0], IV[1], IV[2], IV[3], IV[4] ^ length as u64, IV[5], !IV[6], IV[7],
    ];
    macro_rules! mix {
        ($a:literal, $b:literal, $c:literal, $d:literal, $x:expr, $y:expr) => {
            v[$a] = v[$a].wrapping_add(v[$b]).wrapping_add($x);
            v[$d] = (v[$d] ^ v[$a]).rotate_right(32);
            v[$c] = v[$c].wrapping_add(v[$d]);
            v[$b] = (v[$b] ^ v[$c]).rotate_right(24);
            v[$a] = v[$a].wrapping_add(v[$b]).wrapping_add($y);
            v[$d] = (v[$d] ^ v[$a]).rotate_right(16);
            v[$c] = v[$c].wrapping_add(v[$d]);
            v[$b] = (v[$b] ^ v[$c]).rotate_right(63);
        };
    }
    for order in &SIGMA {
        let m = |place: usize| message[order[place] as usize & 15];
        mix!(0, 4, 8, 12, m(0), m(1));
        mix!(1, 5, 9, 13, m(2), m(3));
        mix!(2, 6, 10, 14, m(4), m(5));
        mix!(3, 7, 11, 15, m(6), m(7));
        mix!(0, 5, 10, 15, m(8), m(9));
        mix!(1, 6, 11, 12, m(10), m(11));
        mix!(2, 7, 8, 13, m(12), m(13));
        mix!(3, 4, 9, 14, m(14), m(15));
    }
    start ^ v[0] ^ v[8]
}

#[repr(C, align(64))]
struct Slots<const N: usize>([u8; N]);

/// wallet 32 | salt 32 of each wallet of a batch; the first one is the last of the batch before.
static mut OPENINGS: Slots<{ 64 * (BATCH + 1) }> = Slots([0; 64 * (BATCH + 1)]);
static mut COMMITMENTS: Slots<{ 32 * (BATCH + 1) }> = Slots([0; 32 * (BATCH + 1)]);
static mut ID_BLOCKS: Slots<{ 64 * (BATCH + 1) }> = Slots([0; 64 * (BATCH + 1)]);
static mut IDS: Slots<{ 32 * (BATCH + 1) }> = Slots([0; 32 * (BATCH + 1)]);
/// Asset and line of the last row.
static mut BEFORE: [u8; 8] = [0; 8];
/// The slot of the last row that `emit_ids` took, and whether there is a wallet in slot 0.
static mut SLOT: usize = 0;
static mut BEGUN: bool = false;

#[no_mangle]
pub extern "C" fn wallets_of_a_batch() -> usize { BATCH }
#[no_mangle]
pub extern "C" fn openings() -> *const u8 { addr_of!(OPENINGS).cast() }
#[no_mangle]
pub extern "C" fn commitments() -> *const u8 { addr_of!(COMMITMENTS).cast() }
#[no_mangle]
pub extern "C" fn id_blocks() -> *const u8 { addr_of!(ID_BLOCKS).cast() }
#[no_mangle]
pub extern "C" fn ids() -> *const u8 { addr_of!(IDS).cast() }
#[no_mangle]
pub extern "C" fn before() -> *const u8 { addr_of!(BEFORE).cast() }

unsafe fn opening(slot: usize) -> *mut u8 { addr_of_mut!(OPENINGS).cast::<u8>().add(64 * slot) }
unsafe fn id(slot: usize) -> *mut u8 { addr_of_mut!(IDS).cast::<u8>().add(32 * slot) }

/// Collects the wallets of the records of block[from..to], sorted by wallet, until the batch is full. Salts are the
/// records' own, or the next of `salts`. Says the place after, how many new wallets, and why it stopped.
///
/// # Safety
/// Whole records of a ledger; a salt for each wallet of a batch.
#[no_mangle]
pub unsafe extern "C" fn take_wallets(block: *const u8, from: usize, to: usize, salts: *const u8) {
    let mut at = from;
    let mut slot = 0;
    while at < to {
        let record = block.add(at + PREFIX);
        let salted = *record.add(WALLET_KEY) == 1;
        let known = (slot > 0 || BEGUN) && compare(opening(slot), record, 32) == Ordering::Equal;
        if known {
            if compare(addr_of!(BEFORE).cast(), record.add(32), 2) == Ordering::Equal {
                return say(at, slot, REPEATED);
            }
            if salted && compare(opening(slot).add(32), record.add(WALLET_KEY + 1), 32) != Ordering::Equal {
                return say(at, slot, OTHER_SALT);
            }
        } else {
            if slot == BATCH {
                return say(at, slot, FULL);
            }
            slot += 1;
            copy(opening(slot), record, 32);
            let salt = if salted { record.add(WALLET_KEY + 1) } else { salts.add(32 * (slot - 1)) };
            copy(opening(slot).add(32), salt, 32);
        }
        copy(addr_of_mut!(BEFORE).cast(), record.add(32), 8);
        at += PREFIX + length_at(block.add(at));
    }
    say(at, slot, ENDED);
}

/// Blocks to hash for the ids of the new wallets: context | commitment.
///
/// # Safety
/// `context` has 32 bytes.
#[no_mangle]
pub unsafe extern "C" fn fill_id_blocks(context: *const u8, wallets: usize) {
    for slot in 1..=wallets {
        let into = addr_of_mut!(ID_BLOCKS).cast::<u8>().add(64 * slot);
        copy(into, context, 32);
        copy(into.add(32), addr_of!(COMMITMENTS).cast::<u8>().add(32 * slot), 32);
    }
    SLOT = 0;
}

/// Puts the rows of block[from..to], whose wallets were taken and whose ids are computed, into a sorter by id. Says the
/// place after, and FULL if the sorter is. After the last row the last wallet is the first of the next batch.
///
/// # Safety
/// As for `take_wallets`.
#[no_mangle]
pub unsafe extern "C" fn emit_ids(sorter: *mut Sorter, block: *const u8, from: usize, to: usize) {
    let mut at = from;
    while at < to {
        let record = block.add(at + PREFIX);
        let length = length_at(block.add(at));
        if (SLOT == 0 && !BEGUN) || compare(opening(SLOT), record, 32) != Ordering::Equal {
            SLOT += 1;
            BEGUN = true;
        }
        let amounts = WALLET_KEY + 1 + if *record.add(WALLET_KEY) == 1 { 32 } else { 0 };
        let Some(into) = (*sorter).push(ID_KEY + 64 + length - amounts) else {
            // The slot is the row's own: it is found again.
            return say(at, SLOT, FULL);
        };
        copy(into, id(SLOT), 32);
        copy(into.add(32), record.add(32), 2);
        copy(into.add(ID_KEY), opening(SLOT), 64);
        copy(into.add(ID_KEY + 64), record.add(amounts), length - amounts);
        at += PREFIX + length;
    }
    copy(opening(0), opening(SLOT), 64);
    copy(id(0), id(SLOT), 32);
    SLOT = 0;
    say(at, 0, ENDED);
}

/// Writes the rows of one asset out of block[from..to], sorted by id: `id,total,withdrawable,request`. Says bytes and rows.
///
/// # Safety
/// Whole records by id; room for 185 bytes a record.
#[no_mangle]
pub unsafe extern "C" fn write_rows(block: *const u8, from: usize, to: usize, asset: usize, out: *mut u8) {
    let (mut at, mut written, mut rows) = (from, 0, 0);
    while at < to {
        let record = block.add(at + PREFIX);
        let length = length_at(block.add(at));
        if (*record.add(32) as usize) << 8 | *record.add(33) as usize == asset {
            let line = out.add(written);
            put_hex(line, record);
            *line.add(64) = b',';
            let amounts = length - ID_KEY - 64;
            copy(line.add(65), record.add(ID_KEY + 64), amounts);
            *line.add(65 + amounts) = b'\n';
            written += 66 + amounts;
            rows += 1;
        }
        at += PREFIX + length;
    }
    say(written, rows, ENDED);
}

static mut LAST_ID: [u8; 32] = [0; 32];
static mut HAS_LAST: bool = false;

/// Writes a line of the mapping for each id of block[from..to]: `id,0xwallet,0xsalt`. Says bytes and lines.
///
/// # Safety
/// As for `write_rows`; room for 199 bytes a record.
#[no_mangle]
pub unsafe extern "C" fn write_mapping(block: *const u8, from: usize, to: usize, out: *mut u8) {
    let (mut at, mut written, mut lines) = (from, 0, 0);
    while at < to {
        let record = block.add(at + PREFIX);
        if !HAS_LAST || compare(addr_of!(LAST_ID).cast(), record, 32) != Ordering::Equal {
            HAS_LAST = true;
            copy(addr_of_mut!(LAST_ID).cast(), record, 32);
            let line = out.add(written);
            put_hex(line, record);
            for (place, from) in [(64, ID_KEY), (131, ID_KEY + 32)] {
                *line.add(place) = b',';
                *line.add(place + 1) = b'0';
                *line.add(place + 2) = b'x';
                put_hex(line.add(place + 3), record.add(from));
            }
            *line.add(198) = b'\n';
            written += 199;
            lines += 1;
        }
        at += PREFIX + length_at(block.add(at));
    }
    say(written, lines, ENDED);
}

/// id 32 | wallet 32 | salt 32 of each line of a mapping.
static mut LINES: Slots<{ 96 * BATCH }> = Slots([0; 96 * BATCH]);
/// Which of them are in a snapshot.
static mut FOUND: Slots<BATCH> = Slots([0; BATCH]);
/// Of rows with a request: number of the line, and where the request begins and ends.
static mut HITS: [u32; 3 * BATCH] = [0; 3 * BATCH];

#[no_mangle]
pub extern "C" fn lines() -> *const u8 { addr_of!(LINES).cast() }
#[no_mangle]
pub extern "C" fn found() -> *const u8 { addr_of!(FOUND).cast() }
#[no_mangle]
pub extern "C" fn hits() -> *const u8 { addr_of!(HITS).cast() }

unsafe fn line(number: usize) -> *mut u8 { addr_of_mut!(LINES).cast::<u8>().add(96 * number) }

/// Reads lines of a mapping out of text[from..to], a batch at most, until one has not the one form, or its id is not above
/// the one before; `before` is 32 bytes, or 0 for none. Says the place after the last one, and how many.
///
/// # Safety
/// 16 bytes may be read behind `to`.
#[no_mangle]
pub unsafe extern "C" fn read_mapping(text: *const u8, from: usize, to: usize, before: *const u8) {
    let (mut at, mut count) = (from, 0);
    let mut last = before;
    while count < BATCH && at + 199 <= to {
        let (begin, into) = (text.add(at), line(count));
        let marks = [(64, b','), (65, b'0'), (66, b'x'), (131, b','), (132, b'0'), (133, b'x'), (198, b'\n')];
        if marks.iter().any(|(place, byte)| *begin.add(*place) != *byte)
            || !super::read_id(begin, into)
            || !super::read_id(begin.add(67), into.add(32))
            || !super::read_id(begin.add(134), into.add(64))
            || (!last.is_null() && compare(last, into, 32) != Ordering::Less)
        {
            break;
        }
        last = into;
        at += 199;
        count += 1;
    }
    say(at, count, ENDED);
}

/// Puts wallet and number of the line, and salt, of the lines from..to into two sorters. Says the line that has no room
/// any more, or `to`.
///
/// # Safety
/// As for `add`; lines that were read.
#[no_mangle]
pub unsafe extern "C" fn add_lines(wallets: *mut Sorter, salts: *mut Sorter, from: usize, to: usize, first: f64) {
    for number in from..to {
        let room = |sorter: *mut Sorter, length: usize| {
            (*sorter).used + PREFIX + length + 8 * ((*sorter).held + 1) <= (*sorter).size
        };
        if !room(wallets, 38) || !room(salts, 32) {
            return say(0, number, FULL);
        }
        let own = line(number);
        if let Some(into) = (*wallets).push(38) {
            copy(into, own.add(32), 32);
            let bytes = (first as u64 + number as u64).to_be_bytes();
            copy(into.add(32), bytes.as_ptr().add(2), 6);
        }
        if let Some(into) = (*salts).push(32) {
            copy(into, own.add(64), 32);
        }
    }
    say(0, to, ENDED);
}

/// Openings of the lines, for their ids to be computed in the slots from 1 on.
///
/// # Safety
/// Lines that were read.
#[no_mangle]
pub unsafe extern "C" fn open_lines(count: usize) {
    for number in 0..count {
        copy(opening(number + 1), line(number).add(32), 64);
    }
}

/// The first line from `from` on whose id is not the one that was computed, or `to`.
///
/// # Safety
/// Lines that were read, and whose ids were computed.
#[no_mangle]
pub unsafe extern "C" fn find_unopened(from: usize, to: usize) -> usize {
    (from..to).find(|number| compare(line(*number), id(number + 1), 32) != Ordering::Equal).unwrap_or(to)
}

/// A row of a snapshot.
struct Row {
    id: [u8; 32],
    amounts: [u128; 3],
    /// Where the request begins, and where the next row does.
    request: *const u8,
    next: *const u8,
}

#[inline(always)]
unsafe fn read_row(text: *const u8, end: *const u8) -> Option<Row> {
    let mut id = [0; 32];
    if !super::read_id(text, id.as_mut_ptr()) || *text.add(64) != b',' {
        return None;
    }
    let (total, next) = super::read_amount(text.add(65), b',')?;
    let (withdrawable, request) = super::read_amount(next, b',')?;
    let (asked, next) = super::read_amount(request, b'\n')?;
    if next > end {
        return None;
    }
    Some(Row { id, amounts: [total, withdrawable, asked], request, next })
}

/// Goes through the rows of text[from..to] beside the first `count` lines, as long as every row has one. Says the place
/// of the first row that was not taken, the first line that is not decided, how many rows were taken, where the last of
/// them begins, and how many of them have a request.
///
/// # Safety
/// Lines that were read; 256 bytes may be read behind `to`.
#[no_mangle]
pub unsafe extern "C" fn match_rows(text: *const u8, from: usize, to: usize, count: usize) {
    let (mut at, mut number, mut rows, mut last, mut hits) = (from, 0, 0, from, 0);
    while at < to && number < count {
        let Some(row) = read_row(text.add(at), text.add(to)) else { break };
        while number < count && compare(line(number), row.id.as_ptr(), 32) == Ordering::Less {
            number += 1;
        }
        if number == count || compare(line(number), row.id.as_ptr(), 32) == Ordering::Greater {
            break;
        }
        *addr_of_mut!(FOUND).cast::<u8>().add(number) = 1;
        let next = row.next as usize - text as usize;
        if row.amounts[2] != 0 {
            let hit = addr_of_mut!(HITS).cast::<u32>().add(3 * hits);
            *hit = number as u32;
            *hit.add(1) = (row.request as usize - text as usize) as u32;
            *hit.add(2) = next as u32 - 1;
            hits += 1;
        }
        number += 1;
        rows += 1;
        last = at;
        at = next;
    }
    say(at, number, ENDED);
    let said = &mut *addr_of_mut!(SAID);
    said.rows = rows;
    said.last = last as u32;
    said.more = hits as u32;
}

/// Puts the rows of text[from..to] with the wallets that the lines from..count give their ids into a sorter: wallet, and
/// three amounts of 16 bytes. `before` has the id of the row before, or is 0. Says the place of the first row that was
/// not taken, the first line that is still of use, why it stopped (LEFT: the row is not good, ENDED: there must be more
/// lines or rows), rows, the last of them, and how many have no wallet.
///
/// # Safety
/// As for `match_rows` and `add`.
#[no_mangle]
pub unsafe extern "C" fn join_wallets(
    sorter: *mut Sorter,
    text: *const u8,
    from: usize,
    to: usize,
    first: usize,
    count: usize,
    no_more_lines: bool,
    before: *const u8,
) {
    let (mut at, mut number, mut rows, mut last, mut unmapped) = (from, first, 0, from, 0u32);
    let mut why = ENDED;
    let mut earlier = [0; 32];
    let mut begun = !before.is_null();
    if begun {
        copy(earlier.as_mut_ptr(), before, 32);
    }
    while at < to {
        let Some(row) = read_row(text.add(at), text.add(to)) else {
            why = LEFT;
            break;
        };
        if begun && compare(earlier.as_ptr(), row.id.as_ptr(), 32) != Ordering::Less {
            why = LEFT;
            break;
        }
        while number < count && compare(line(number), row.id.as_ptr(), 32) == Ordering::Less {
            number += 1;
        }
        if number == count && !no_more_lines {
            break;
        }
        if number < count && compare(line(number), row.id.as_ptr(), 32) == Ordering::Equal {
            let Some(into) = (*sorter).push(80) else {
                why = FULL;
                break;
            };
            copy(into, line(number).add(32), 32);
            for (place, amount) in row.amounts.iter().enumerate() {
                copy(into.add(32 + 16 * place), amount.to_be_bytes().as_ptr(), 16);
            }
        } else {
            unmapped += 1;
        }
        earlier = row.id;
        begun = true;
        rows += 1;
        last = at;
        at = row.next as usize - text as usize;
    }
    say(at, number, why);
    let said = &mut *addr_of_mut!(SAID);
    said.rows = rows;
    said.last = last as u32;
    said.more = unmapped;
}

/// 32 bytes as 64 digits.
#[inline(always)]
unsafe fn put_hex(into: *mut u8, bytes: *const u8) {
    let digits = v128_load(b"0123456789abcdef".as_ptr().cast());
    for half in 0..2 {
        let values = v128_load(bytes.add(16 * half).cast());
        let high = i8x16_swizzle(digits, u8x16_shr(values, 4));
        let low = i8x16_swizzle(digits, v128_and(values, u8x16_splat(15)));
        let left = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(high, low);
        let right = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(high, low);
        v128_store(into.add(32 * half).cast(), left);
        v128_store(into.add(32 * half + 16).cast(), right);
    }
}

#[inline(always)]
unsafe fn length_at(record: *const u8) -> usize { record.cast::<u16>().read_unaligned() as usize }

#[inline(always)]
unsafe fn leading(key: *const u8) -> u32 { key.cast::<u32>().read_unaligned().swap_bytes() }

/// Eight bytes at a time: calls of a general copy cost more than records are long.
#[inline(always)]
unsafe fn copy(into: *mut u8, from: *const u8, length: usize) {
    let mut at = 0;
    while at + 16 <= length {
        v128_store(into.add(at).cast(), v128_load(from.add(at).cast()));
        at += 16;
    }
    if at + 8 <= length {
        into.add(at).cast::<u64>().write_unaligned(from.add(at).cast::<u64>().read_unaligned());
        at += 8;
    }
    while at < length {
        into.add(at).write_volatile(*from.add(at));
        at += 1;
    }
}

#[inline(always)]
unsafe fn compare(a: *const u8, b: *const u8, length: usize) -> Ordering {
    let mut at = 0;
    while at + 8 <= length {
        let left = a.add(at).cast::<u64>().read_unaligned();
        let right = b.add(at).cast::<u64>().read_unaligned();
        if left != right {
            return left.swap_bytes().cmp(&right.swap_bytes());
        }
        at += 8;
    }
    while at < length {
        let (left, right) = (*a.add(at), *b.add(at));
        if left != right {
            return left.cmp(&right);
        }
        at += 1;
    }
    Ordering::Equal
}
