//! The inner loops over a snapshot's bytes: recognising good lines, filling the 64-byte blocks of the Merkle-sum tree,
//! adding sums. Everything is in fixed buffers that the host reads and writes; hashing is the host's.
//!
//! A line is good if it is `64 lower-case hex digits,amount,amount,amount\n`. What is not good is not judged here: `fill`
//! stops before it and the host does (scan.ts).

#![no_std]

mod records;

use core::arch::wasm32::*;
use core::ptr::{addr_of, addr_of_mut};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unreachable()
}

/// Rows of a batch: a power of two. Everything that is hashed for a batch stays in a processor's second cache.
const ROWS: usize = 4096;
/// Lines are judged where they lie in this buffer: 8,192 of at most 256 bytes. What lies behind may be read, never used.
const INPUT: usize = 8192 * 256;

#[repr(C, align(64))]
struct Block<const N: usize>([u8; N]);

static mut INPUT_BYTES: Block<{ INPUT + 256 }> = Block([0; INPUT + 256]);
/// For each row two blocks to hash: id | total, and withdrawable | request.
static mut LEAVES: Block<{ ROWS * 128 }> = Block([0; ROWS * 128]);
/// The sums of each pair of leaves, two blocks: T | T, and Q | Q.
static mut LEAF_SUMS: Block<{ ROWS * 64 }> = Block([0; ROWS * 64]);
/// The same of each pair of nodes.
static mut NODE_SUMS: Block<{ ROWS * 32 }> = Block([0; ROWS * 32]);
/// Where the host puts hashes: of a level's pairs of children, of their sums, and blocks of both.
static mut PAIR_HASHES: Block<{ ROWS * 16 }> = Block([0; ROWS * 16]);
static mut SUM_HASHES: Block<{ ROWS * 16 }> = Block([0; ROWS * 16]);
static mut NODE_BLOCKS: Block<{ ROWS * 32 }> = Block([0; ROWS * 32]);

/// What `fill` and `find_lines` say besides their result.
#[repr(C)]
struct State {
    /// Byte after the last line taken.
    at: u32,
    /// Whether `id` is an id.
    has_id: u32,
    /// Of the rules C6, E_ORDER, C4, C4b: how many rows of the batch break it, the first one's place, its first byte.
    broken: [[u32; 3]; 4],
    /// The id before the next row.
    id: [u8; 32],
}

static mut STATE: State = State { at: 0, has_id: 0, broken: [[0; 3]; 4], id: [0; 32] };

#[no_mangle]
pub extern "C" fn rows_of_a_batch() -> usize { ROWS }
#[no_mangle]
pub extern "C" fn input_bytes() -> usize { INPUT }
#[no_mangle]
pub extern "C" fn input() -> *const u8 { addr_of!(INPUT_BYTES).cast() }
#[no_mangle]
pub extern "C" fn leaves() -> *const u8 { addr_of!(LEAVES).cast() }
#[no_mangle]
pub extern "C" fn leaf_sums() -> *const u8 { addr_of!(LEAF_SUMS).cast() }
#[no_mangle]
pub extern "C" fn node_sums() -> *const u8 { addr_of!(NODE_SUMS).cast() }
#[no_mangle]
pub extern "C" fn pair_hashes() -> *const u8 { addr_of!(PAIR_HASHES).cast() }
#[no_mangle]
pub extern "C" fn sum_hashes() -> *const u8 { addr_of!(SUM_HASHES).cast() }
#[no_mangle]
pub extern "C" fn node_blocks() -> *const u8 { addr_of!(NODE_BLOCKS).cast() }
#[no_mangle]
pub extern "C" fn state() -> *const u8 { addr_of!(STATE).cast() }

/// Reads good lines of input[from..to] into the leaves' buffers, at most `room` of them, until one is not good.
/// Returns how many.
///
/// # Safety
/// The host calls from one thread, with from <= to <= INPUT and room <= ROWS.
#[no_mangle]
pub unsafe extern "C" fn fill(from: usize, to: usize, room: usize) -> usize {
    let input = addr_of!(INPUT_BYTES).cast::<u8>();
    let state = &mut *addr_of_mut!(STATE);
    state.broken = [[0; 3]; 4];
    let end = input.add(to);
    let mut line = input.add(from);
    let mut row = 0;
    while row < room && line < end {
        let leaf = addr_of_mut!(LEAVES).cast::<u8>().add(row * 128);
        if !read_id(line, leaf) || *line.add(64) != b',' {
            break;
        }
        let Some((total, next)) = read_amount(line.add(65), b',') else { break };
        let Some((withdrawable, next)) = read_amount(next, b',') else { break };
        let Some((request, next)) = read_amount(next, b'\n') else { break };
        // Bytes behind the end are what an earlier piece left there.
        if next > end {
            break;
        }
        put(leaf.add(32), total);
        put(leaf.add(64), withdrawable);
        put(leaf.add(96), request);
        let sums = addr_of_mut!(LEAF_SUMS).cast::<u8>().add(row / 2 * 128 + row % 2 * 32);
        put(sums, total);
        put(sums.add(64), request);

        let mut breaks = |rule: usize| {
            let [count, first, at] = &mut state.broken[rule];
            if *count == 0 {
                *first = row as u32;
                *at = line.offset_from(input) as u32;
            }
            *count += 1;
        };
        if state.has_id != 0 {
            let before = if row == 0 { state.id.as_ptr() } else { leaf.sub(128) };
            match compare_ids(before, leaf) {
                core::cmp::Ordering::Less => {}
                core::cmp::Ordering::Equal => breaks(0),
                core::cmp::Ordering::Greater => breaks(1),
            }
        }
        if request > withdrawable {
            breaks(2);
        }
        if withdrawable > total {
            breaks(3);
        }
        state.has_id = 1;
        row += 1;
        line = next;
    }
    if row > 0 {
        let last = addr_of!(LEAVES).cast::<u8>().add((row - 1) * 128);
        state.id.as_mut_ptr().copy_from_nonoverlapping(last, 32);
    }
    state.at = line.offset_from(input) as u32;
    row
}

/// Empties the leaf beside the last one, where the number of leaves is odd: its sums are 0.
///
/// # Safety
/// row < ROWS
#[no_mangle]
pub unsafe extern "C" fn clear_leaf_sums(row: usize) {
    let sums = addr_of_mut!(LEAF_SUMS).cast::<u8>().add(row / 2 * 128 + row % 2 * 32);
    put(sums, 0);
    put(sums.add(64), 0);
}

/// One level up: of `parents` pairs (of leaves, or of nodes) the parents' sums, and the blocks to hash for the parents:
/// the hash of the pair's hashes beside the hash of its sums. Sums of nodes are replaced.
///
/// # Safety
/// parents <= ROWS / 2
#[no_mangle]
pub unsafe extern "C" fn ascend(parents: usize, of_leaves: bool) {
    let nodes = addr_of_mut!(NODE_SUMS).cast::<u64>();
    let below = if of_leaves { addr_of!(LEAF_SUMS).cast::<u64>() } else { nodes.cast_const() };
    let pairs = addr_of!(PAIR_HASHES).cast::<[u64; 4]>();
    let sums = addr_of!(SUM_HASHES).cast::<[u64; 4]>();
    let blocks = addr_of_mut!(NODE_BLOCKS).cast::<[u64; 4]>();
    for parent in 0..parents {
        *blocks.add(2 * parent) = *pairs.add(parent);
        *blocks.add(2 * parent + 1) = *sums.add(parent);
        let pair = below.add(parent * 16);
        let total = add256(pair, pair.add(4));
        let requests = add256(pair.add(8), pair.add(12));
        // At or before what was just read: nothing that is still needed is written over.
        let place = nodes.add(parent / 2 * 16 + parent % 2 * 4);
        *place.cast::<[u64; 4]>() = total;
        *place.add(8).cast::<[u64; 4]>() = requests;
    }
    if parents % 2 == 1 {
        let place = nodes.add(parents / 2 * 16 + 4);
        *place.cast::<[u64; 4]>() = [0; 4];
        *place.add(8).cast::<[u64; 4]>() = [0; 4];
    }
}

/// Byte after the last line of input[from..to], of at most `most` lines; state.at is their number. Without a line: `from`.
///
/// # Safety
/// from <= to <= INPUT
#[no_mangle]
pub unsafe extern "C" fn find_lines(from: usize, to: usize, most: usize) -> usize {
    let input = addr_of!(INPUT_BYTES).cast::<u8>();
    let mut lines = 0;
    let mut after = from;
    let mut at = from;
    while at < to && lines < most {
        let bytes = v128_load(input.add(at).cast());
        // One bit for each byte that is a line feed.
        let mut feeds = u32::from(u8x16_bitmask(u8x16_eq(bytes, u8x16_splat(b'\n'))));
        if to - at < 16 {
            feeds &= (1 << (to - at)) - 1;
        }
        if feeds != 0 {
            let room = most - lines;
            let here = feeds.count_ones() as usize;
            if here > room {
                for _ in 1..room {
                    feeds &= feeds - 1;
                }
                lines = most;
                after = at + feeds.trailing_zeros() as usize + 1;
                break;
            }
            lines += here;
            after = at + 32 - feeds.leading_zeros() as usize;
        }
        at += 16;
    }
    (*addr_of_mut!(STATE)).at = lines as u32;
    after
}

/// 64 lower-case hexadecimal digits to 32 bytes; false if they are not.
#[inline(always)]
unsafe fn read_id(text: *const u8, id: *mut u8) -> bool {
    let mut good = u8x16_splat(0xff);
    for half in 0..2 {
        let (left, left_good) = hex16(text.add(32 * half));
        let (right, right_good) = hex16(text.add(32 * half + 16));
        v128_store(id.add(16 * half).cast(), u8x16_narrow_i16x8(left, right));
        good = v128_and(good, v128_and(left_good, right_good));
    }
    u8x16_all_true(good)
}

/// 16 digits to 8 bytes, each in 16 bits, and which of the digits are digits.
#[inline(always)]
unsafe fn hex16(text: *const u8) -> (v128, v128) {
    let characters = v128_load(text.cast());
    let digit = u8x16_sub(characters, u8x16_splat(b'0'));
    let letter = u8x16_sub(characters, u8x16_splat(b'a'));
    let is_digit = u8x16_lt(digit, u8x16_splat(10));
    let is_letter = u8x16_lt(letter, u8x16_splat(6));
    let values = v128_bitselect(digit, u8x16_add(letter, u8x16_splat(10)), is_digit);
    let bytes = v128_or(u16x8_shl(values, 4), u16x8_shr(values, 8));
    (v128_and(bytes, u16x8_splat(0xff)), v128_or(is_digit, is_letter))
}

/// An amount and the byte after `mark`, which must follow it.
#[inline(always)]
unsafe fn read_amount(text: *const u8, mark: u8) -> Option<(u128, *const u8)> {
    let (mut head, mut digits) = read_digits(text);
    let mut value = u128::from(head);
    let mut count = digits;
    if digits == 8 {
        let (more, next) = read_digits(text.add(8));
        head = head * POWERS[next & 15] + more;
        value = u128::from(head);
        count += next;
        digits = next;
        // What has more than 16 digits is rare: 39 fit, and not all of them.
        while digits == 8 {
            let (more, next) = read_digits(text.add(count));
            count += next;
            if count > 39 {
                return None;
            }
            value = value.checked_mul(u128::from(POWERS[next & 15]))?.checked_add(u128::from(more))?;
            digits = next;
        }
    }
    if count == 0 || (*text == b'0' && count > 1) || *text.add(count) != mark {
        return None;
    }
    Some((value, text.add(count + 1)))
}

/// The number that the next digits make, at most 8, and how many there are.
#[inline(always)]
unsafe fn read_digits(text: *const u8) -> (u64, usize) {
    let values = text.cast::<u64>().read_unaligned() ^ 0x3030_3030_3030_3030;
    // The lowest bit that is set is in the first byte that is no digit; a carry goes to bytes behind it only.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let digits = others.trailing_zeros() as usize / 8;
    if digits == 0 {
        return (0, 0);
    }
    // Zeros in front, then pairs, fours and all eight at once.
    let mut sum = values << (64 - 8 * digits);
    sum = sum.wrapping_mul(10).wrapping_add(sum >> 8);
    let high = (sum & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let low = ((sum >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    (high.wrapping_add(low) >> 32, digits)
}

const POWERS: [u64; 16] = {
    let mut powers = [1; 16];
    let mut at = 1;
    while at < 16 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

#[inline(always)]
unsafe fn put(at: *mut u8, value: u128) {
    at.cast::<u128>().write(value.to_le());
}

#[inline(always)]
unsafe fn compare_ids(a: *const u8, b: *const u8) -> core::cmp::Ordering {
    for word in 0..4 {
        let left = a.cast::<u64>().add(word).read_unaligned();
        let right = b.cast::<u64>().add(word).read_unaligned();
        if left != right {
            return left.swap_bytes().cmp(&right.swap_bytes());
        }
    }
    core::cmp::Ordering::Equal
}

#[inline(always)]
unsafe fn add256(a: *const u64, b: *const u64) -> [u64; 4] {
    let mut sum = [0; 4];
    let mut carry = 0;
    for limb in 0..4 {
        let (first, over) = (*a.add(limb)).overflowing_add(*b.add(limb));
        let (second, again) = first.overflowing_add(carry);
        sum[limb] = second;
        carry = u64::from(over | again);
    }
    sum
}
