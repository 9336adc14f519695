//! A word's form: its folded spelling, and the hash that stands for it. Two spellings with one hash are so unlikely
//! (one in 2^64) that only the hash is compared.

use super::fold::{Class, Folded, table};

/// The hash of a folded spelling. The same spelling always has the same hash, on every machine.
pub fn form(folded: &str) -> u64 {
    let mut hash = FormHash::default();
    folded.bytes().for_each(|byte| hash.push(byte));
    hash.finish()
}

/// The folded spelling of what one token stands at: the text whose [`form`] the token bears.
pub fn spelling(raw: &str) -> String {
    let table = table();
    let mut folded = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        let (class, to) = table.look_up(c);
        let next = chars.clone().map(|next| table.look_up(next).0).find(|class| *class != Class::Nothing);
        let next_is_digit = next == Some(Class::Digit);
        let counts = match class {
            Class::Letter | Class::Digit | Class::Sign => true,
            Class::Dot | Class::Comma => next_is_digit && folded.ends_with(|c: char| c.is_numeric()),
            _ => false,
        };
        match to {
            _ if !counts => {}
            Folded::One(c) => folded.push(c),
            Folded::Many(many) => folded.extend(many),
        }
    }
    folded
}

/// The hash of a spelling, eight bytes at a step.
#[derive(Clone, Default)]
pub(super) struct FormHash {
    state: u64,
    pending: u64,
    len: u32,
}

impl FormHash {
    /// An odd number with well spread bits (2^64 divided by the golden ratio).
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.pending |= u64::from(byte) << ((self.len & 7) << 3);
        self.len += 1;
        if self.len & 7 == 0 {
            self.mix();
        }
    }

    /// Takes the first `len` bytes, ASCII letters and digits, in lower case; what stands behind them serves to load
    /// eight bytes at once.
    #[inline]
    pub(super) fn push_plain(&mut self, bytes: &[u8], len: usize) {
        /// Set in small letters and in digits, the only bit by which capitals differ from small letters.
        const SMALL: u64 = 0x2020_2020_2020_2020;
        let load = |at: usize| bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes);
        let mut at = 0;
        while self.len & 7 == 0 && at < len {
            let Some(eight) = load(at) else { break };
            let count = (len - at).min(8);
            self.pending = (eight | SMALL) & (u64::MAX >> (64 - 8 * count));
            self.len += count as u32;
            at += count;
            if count == 8 {
                self.mix();
            }
        }
        bytes[at..len].iter().for_each(|byte| self.push(byte.to_ascii_lowercase()));
    }

    pub(super) fn push_folded(&mut self, folded: Folded) {
        match folded {
            Folded::One(c) if c.is_ascii() => self.push(c as u8),
            Folded::One(c) => self.push_char(c),
            Folded::Many(many) => many.iter().for_each(|c| self.push_char(*c)),
        }
    }

    fn push_char(&mut self, c: char) {
        let mut bytes = [0; 4];
        c.encode_utf8(&mut bytes).bytes().for_each(|byte| self.push(byte));
    }

    fn mix(&mut self) {
        self.state = (self.state.rotate_left(23) ^ self.pending).wrapping_mul(Self::SPREAD);
        self.pending = 0;
    }

    pub(super) fn finish(mut self) -> u64 {
        self.mix();
        let mixed = self.state ^ (self.state >> 32) ^ u64::from(self.len);
        mixed.wrapping_mul(Self::SPREAD) ^ (mixed >> 29)
    }
}
