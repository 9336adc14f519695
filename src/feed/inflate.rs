//! Undeclared gzip: a compressed file that is served as it is. Bounded in bytes, members and layers.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::bufread::GzDecoder;

use super::{FeedError, limits};

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A body unpacked as far as possible, and whether it was cut off; none if it is not packed.
pub(super) fn undeclared(body: &[u8]) -> Result<Option<(Vec<u8>, bool)>, FeedError> {
    let (mut unpacked, mut is_torn) = (Cow::Borrowed(body), false);
    let mut layers = 0;
    while unpacked.starts_with(&MAGIC) {
        if layers == limits::GZIP_LAYERS {
            return Err(FeedError::OverLimit(format!("it is packed more than {} times over", limits::GZIP_LAYERS)));
        }
        let (inner, is_torn_here) = unpack(&unpacked)?;
        (unpacked, is_torn, layers) = (Cow::Owned(inner), is_torn | is_torn_here, layers + 1);
    }
    Ok(match unpacked {
        Cow::Owned(unpacked) => Some((unpacked, is_torn)),
        Cow::Borrowed(_) => None,
    })
}

/// All members of a gzip file. If it is cut off, the part before that is kept.
fn unpack(body: &[u8]) -> Result<(Vec<u8>, bool), FeedError> {
    let (mut unpacked, mut rest) = (Vec::new(), body);
    for _ in 0..limits::GZIP_MEMBERS {
        let mut member = GzDecoder::new(rest);
        let outcome = read(&mut member, &mut unpacked);
        if unpacked.len() > limits::INFLATED_BYTES {
            return Err(FeedError::OverLimit(format!("it inflates to more than {} bytes", limits::INFLATED_BYTES)));
        }
        match outcome {
            Err(error) if unpacked.is_empty() => return Err(FeedError::Broken(format!("gzip: {error}"))),
            Err(_) => return Ok((unpacked, true)),
            Ok(()) => rest = member.into_inner(),
        }
        // Bytes after the members do not belong to the file: servers append line ends.
        if !rest.starts_with(&MAGIC) {
            return Ok((unpacked, false));
        }
    }
    Err(FeedError::OverLimit(format!("it has more than {} gzip members", limits::GZIP_MEMBERS)))
}

/// Reads one byte more than is allowed at the most, so that too much can be told from just enough.
fn read(member: &mut impl Read, into: &mut Vec<u8>) -> io::Result<()> {
    let room = (limits::INFLATED_BYTES + 1).saturating_sub(into.len());
    member.take(room as u64).read_to_end(into).map(drop)
}
