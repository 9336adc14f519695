//! From the bytes on the wire to the document that was meant: its Content-Encoding undone, within the limit. Pure.
//!
//! Done here and not by the HTTP library, which knows the encodings in one spelling only, takes `deflate` to be what
//! the RFC says (many servers mean the bare stream), and drops all but the first member of a gzip file.

use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::fetch::{FetchError, clip};

/// The Accept-Encoding field: exactly what is understood here.
pub(super) const ACCEPTED: &str = "gzip, br, deflate";

/// How a body was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Brotli,
    Deflate,
}

impl Encoding {
    /// What an answer's header says; an error when it is nothing we asked for, or several at once.
    pub(super) fn of(headers: &HeaderMap) -> Result<Encoding, FetchError> {
        let fields = headers.get_all(CONTENT_ENCODING).iter().map(|field| String::from_utf8_lossy(field.as_bytes()));
        let said = fields.collect::<Vec<_>>().join(",").to_ascii_lowercase();
        let mut names = said.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "identity"));
        match (names.next(), names.next()) {
            (None, _) => Ok(Encoding::Identity),
            (Some("gzip" | "x-gzip"), None) => Ok(Encoding::Gzip),
            (Some("br"), None) => Ok(Encoding::Brotli),
            (Some("deflate"), None) => Ok(Encoding::Deflate),
            _ => Err(FetchError::Broken(format!("the body is encoded as {:?}, which was not asked for", clip(&said)))),
        }
    }

    /// Undoes the encoding of a whole body. A bomb is stopped where it passes the limit.
    pub(super) fn decode(self, wire: Vec<u8>, limit: u64) -> Result<Vec<u8>, FetchError> {
        let (name, decoded) = match self {
            // An empty body was not worth packing.
            _ if wire.is_empty() => return Ok(wire),
            Encoding::Identity => return Ok(wire),
            Encoding::Gzip => ("gzip", gunzip(&wire, limit)),
            Encoding::Brotli => ("brotli", read(Decompressor::new(&wire[..], BROTLI_BUFFER_BYTES), limit)),
            Encoding::Deflate if has_zlib_header(&wire) => ("deflate", read(ZlibDecoder::new(&wire[..]), limit)),
            Encoding::Deflate => ("deflate", read(DeflateDecoder::new(&wire[..]), limit)),
        };
        let body = decoded.map_err(|error| FetchError::Broken(format!("the body is broken {name}: {error}")))?;
        if body.len() as u64 > limit { Err(FetchError::TooLarge { limit }) } else { Ok(body) }
    }
}

const BROTLI_BUFFER_BYTES: usize = 4096;

/// All members of a gzip file (RFC 1952 section 2.2). What follows them is no part of it: servers append line ends.
fn gunzip(wire: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    const MAGIC: [u8; 2] = [0x1f, 0x8b];
    let (mut body, mut rest) = (Vec::new(), wire);
    loop {
        let mut member = GzDecoder::new(rest);
        (&mut member).take(beyond(limit, &body)).read_to_end(&mut body)?;
        rest = member.into_inner();
        if !rest.starts_with(&MAGIC) || body.len() as u64 > limit {
            return Ok(body);
        }
    }
}

fn read(decoder: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    decoder.take(beyond(limit, &body)).read_to_end(&mut body)?;
    Ok(body)
}

/// One byte more than still fits, so that too much can be told from just enough.
fn beyond(limit: u64, body: &[u8]) -> u64 {
    limit.saturating_add(1).saturating_sub(body.len() as u64)
}

/// `deflate` means zlib (RFC 9110 section 8.4.1.2), but some servers send the bare stream. A zlib header names method 8
/// and is a multiple of 31 (RFC 1950 section 2.2).
fn has_zlib_header(wire: &[u8]) -> bool {
    matches!(wire, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(said: &[&str], expected: Result<Encoding, &str>) {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(CONTENT_ENCODING, value.parse().unwrap());
        }
        let found = Encoding::of(&headers).map_err(|error| error.to_string());
        assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|why| *why), "{said:?}");
    }

    #[test]
    fn an_encoding_is_known_in_any_spelling_and_refused_when_not_asked_for() {
        check(&[], Ok(Encoding::Identity));
        check(&[""], Ok(Encoding::Identity));
        check(&["Identity"], Ok(Encoding::Identity));
        check(&["gzip"], Ok(Encoding::Gzip));
        check(&[" X-GZip "], Ok(Encoding::Gzip));
        check(&["identity, br"], Ok(Encoding::Brotli));
        check(&["identity", "deflate"], Ok(Encoding::Deflate));
        check(&["zstd"], Err("the body is encoded as \"zstd\", which was not asked for"));
        check(&["gzip", "br"], Err("the body is encoded as \"gzip,br\", which was not asked for"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_within_the_limit_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            text in "[ab]{0,300}",
            cut in 0usize..300,
            limit in 0u64..200,
        ) {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            let mut packed = packed.finish().unwrap();
            packed.truncate(cut.max(1));
            for encoding in [Encoding::Gzip, Encoding::Brotli, Encoding::Deflate] {
                for wire in [&bytes, &packed] {
                    if let Ok(body) = encoding.decode(wire.clone(), limit) {
                        prop_assert!(body.len() as u64 <= limit);
                    }
                }
            }
        }
    }
}
