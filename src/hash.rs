//! Stable hashes: the same on every machine, in every run and version, since they are stored and compared for years.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher13x128};

/// 64 bits over the parts and where they part: ("ab", "c") and ("a", "bc") differ.
pub fn hash64(parts: &[&[u8]]) -> u64 {
    let mut hasher = SipHasher13::new();
    write(&mut hasher, parts);
    hasher.finish()
}

/// 128 bits over the parts as 32 hexadecimal digits, for identifiers that must not collide.
pub fn hex128(parts: &[&[u8]]) -> String {
    let mut hasher = SipHasher13x128::new();
    write(&mut hasher, parts);
    format!("{:032x}", hasher.finish128().as_u128())
}

fn write(hasher: &mut impl Hasher, parts: &[&[u8]]) {
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_never_change_and_parts_stay_apart() {
        assert_eq!(hash64(&[b"feedwatch"]), hash64(&[b"feedwatch"]));
        assert_ne!(hash64(&[b"ab", b"c"]), hash64(&[b"a", b"bc"]));
        assert_eq!(hex128(&[b"feedwatch"]).len(), 32);
    }
}
