//! Which identities are surely not on disk.

use super::Id;

/// Blocks of 64 bytes, so that a look-up touches memory once: 8 MB.
const BLOCKS: usize = 1 << 17;
/// Bits of a block that an identity sets.
const BITS: usize = 4;

/// A set that may hold more than was added: one look-up in a thousand is misled at two million identities.
pub struct Filter {
    blocks: Vec<Block>,
}

/// A line of the cache, and no part of its neighbour.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Block([u64; 8]);

impl Default for Filter {
    fn default() -> Self {
        Self {
            blocks: vec![Block([0; 8]); BLOCKS],
        }
    }
}

impl Filter {
    /// Adds an identity.
    pub fn add(&mut self, id: &Id) {
        let (block, bits) = place(id);
        for bit in bits {
            self.blocks[block].0[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// What tells of an identity, to have it at hand soon.
    pub fn glance(&self, id: &Id) -> u64 {
        self.blocks[place(id).0].0[0]
    }

    /// Whether an identity may have been added.
    pub fn has(&self, id: &Id) -> bool {
        let (block, bits) = place(id);
        let block = &self.blocks[block].0;
        bits.iter()
            .all(|bit| block[bit / 64] & (1 << (bit % 64)) != 0)
    }
}

/// A block and bits of it: an identity is a hash already, so its own bytes will do. The first four are the table's.
fn place(id: &Id) -> (usize, [usize; BITS]) {
    let bytes = &id.0;
    let block = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize % BLOCKS;
    let bit = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]])) % 512;
    (block, [bit(8), bit(10), bit(12), bit(14)])
}
