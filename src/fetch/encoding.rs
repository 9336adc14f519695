//! From the bytes on the wire to the document: undoes its Content-Encoding, within the limit. Pure.
//!
//! Done here and not by the HTTP library, which knows the encodings in one spelling only, takes `deflate` to be what
//! the RFC says (many servers mean the bare stream), and drops all but the first member of a gzip file. Servers also
//! announce encodings that they did not apply, or names that are not encodings: then the bytes decide.

use std::io::{self, Read};

use brotli_decompressor::{BrotliDecoderParameter, Decompressor};
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use memchr::memchr2;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::fetch::FetchError;
use crate::web::clip;

/// The Accept-Encoding field: exactly what is understood here.
pub(super) const ACCEPTED: &str = "gzip, br, deflate";

/// The most encodings of one body on top of each other. Two occur if a proxy packs a body that was packed already; each
/// further one multiplies the cost of a few bytes.
const LAYERS_MOST: usize = 3;

/// Most members of a gzip file. Tools that write several make one for each file or processor; half a million empty
/// ones fit into ten megabytes and take two seconds.
const GZIP_MEMBERS: usize = 100;

/// How a body was packed: the layers that the header names, the innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoding {
    layers: Vec<Layer>,
    /// The value of the header, for messages.
    said: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Gzip,
    Brotli,
    Deflate,
    /// A name that is not a known encoding: `none`, a charset, a misspelt word.
    Unknown,
}

impl Layer {
    /// By its name in a header; none when the body is as it is.
    fn named(name: &str) -> Option<Layer> {
        let name = name.split(';').next().unwrap_or_default().trim_matches(|c: char| c.is_whitespace() || c == '"');
        match name {
            "" | "identity" => None,
            "gzip" | "x-gzip" | "gz" => Some(Layer::Gzip),
            "br" | "brotli" => Some(Layer::Brotli),
            "deflate" | "x-deflate" | "zlib" => Some(Layer::Deflate),
            _ => Some(Layer::Unknown),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Layer::Gzip => "gzip",
            Layer::Brotli => "brotli",
            Layer::Deflate => "deflate",
            Layer::Unknown => "of an unknown encoding",
        }
    }

    /// Undoes this layer as its name says, up to one byte more than `limit`.
    fn undo(self, packed: &[u8], limit: u64) -> io::Result<Vec<u8>> {
        match self {
            Layer::Gzip => gunzip(packed, limit),
            Layer::Brotli => unbrotli(packed, limit),
            Layer::Deflate if has_zlib_header(packed) => read(ZlibDecoder::new(packed), limit),
            Layer::Deflate => read(DeflateDecoder::new(packed), limit),
            Layer::Unknown => Err(io::Error::other("its name says nothing")),
        }
    }

    /// The encoding that the bytes show, if it is not `self`; none if they are plain, an error if it is unknown.
    fn by_looks(self, bytes: &[u8]) -> Result<Option<Layer>, ()> {
        match bytes {
            _ if self != Layer::Gzip && bytes.starts_with(&GZIP_MAGIC) => Ok(Some(Layer::Gzip)),
            _ if self != Layer::Deflate && has_zlib_header(bytes) => Ok(Some(Layer::Deflate)),
            _ if is_readable(bytes) => Ok(None),
            _ => Err(()),
        }
    }
}

impl Encoding {
    /// What an answer's header says; an error when it is more over one another than is undone.
    pub(super) fn of(headers: &HeaderMap) -> Result<Encoding, FetchError> {
        let fields = headers.get_all(CONTENT_ENCODING).iter().map(|field| String::from_utf8_lossy(field.as_bytes()));
        let said = fields.collect::<Vec<_>>().join(",");
        let lower = said.to_ascii_lowercase();
        let layers: Vec<Layer> = lower.split(',').filter_map(Layer::named).take(LAYERS_MOST + 1).collect();
        if layers.len() > LAYERS_MOST {
            let said = clip(&said);
            return Err(FetchError::Broken(format!(
                "the body is encoded more than {LAYERS_MOST} times over: {said:?}"
            )));
        }
        Ok(Encoding { layers, said })
    }

    /// Whether a body is what it is.
    pub(super) fn is_identity(&self) -> bool {
        self.layers.is_empty()
    }

    /// Undoes the encoding of a whole body. A bomb is stopped where it passes the limit.
    pub(super) fn decode(&self, wire: Vec<u8>, limit: u64) -> Result<Vec<u8>, FetchError> {
        let mut body = wire;
        for layer in self.layers.iter().rev() {
            // An empty body was not worth packing.
            if body.is_empty() {
                break;
            }
            body = self.undo(*layer, body, limit)?;
            if body.len() as u64 > limit {
                return Err(FetchError::TooLarge { limit });
            }
        }
        Ok(body)
    }

    /// Undoes one layer, or the encoding that is really there.
    fn undo(&self, layer: Layer, body: Vec<u8>, limit: u64) -> Result<Vec<u8>, FetchError> {
        let error = match layer.undo(&body, limit) {
            Ok(body) => return Ok(body),
            Err(error) => error,
        };
        match layer.by_looks(&body) {
            Ok(None) => Ok(body),
            Ok(Some(other)) => other.undo(&body, limit).map_err(|error| broken(other, &error)),
            Err(()) if layer == Layer::Unknown => {
                let said = clip(&self.said);
                Err(FetchError::Broken(format!("the body is encoded as {said:?}, which was not asked for")))
            }
            Err(()) => Err(broken(layer, &error)),
        }
    }
}

fn broken(layer: Layer, error: &io::Error) -> FetchError {
    FetchError::Broken(format!("the body is broken {}: {error}", layer.name()))
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BROTLI_BUFFER_BYTES: usize = 4096;

/// All members of a gzip file (RFC 1952 section 2.2). Bytes after them do not belong to it: servers append line ends.
fn gunzip(wire: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    let (mut body, mut rest) = (Vec::new(), wire);
    for _ in 0..GZIP_MEMBERS {
        let mut member = GzDecoder::new(rest);
        (&mut member).take(beyond(limit, &body)).read_to_end(&mut body)?;
        rest = member.into_inner();
        if !rest.starts_with(&GZIP_MAGIC) || body.len() as u64 > limit {
            return Ok(body);
        }
    }
    Err(io::Error::other(format!("it has more than {GZIP_MEMBERS} members")))
}

/// A brotli stream with the windows of RFC 7932, 16 MB at the most. With the larger ones that this decoder knows too,
/// 300 bytes make it take 800 MB before it gives out the first byte; no browser accepts them.
fn unbrotli(wire: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    /// How a stream begins whose window is larger: seven bits that RFC 7932 leaves invalid (section 9.1).
    const LARGE_WINDOW: u8 = 0b001_0001;
    if wire.first().is_some_and(|first| first & 0x7f == LARGE_WINDOW) {
        return Err(io::Error::other("its window is larger than the 16 MB that RFC 7932 allows"));
    }
    let mut decoder = Decompressor::new(wire, BROTLI_BUFFER_BYTES);
    if !decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0) {
        return Err(io::Error::other("large windows cannot be refused"));
    }
    read(decoder, limit).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => io::Error::other("it is cut off, or not brotli at all"),
        _ => error,
    })
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

/// Whether bytes are a text that may be a feed: nothing in their beginning that only binary data has (the "binary data
/// bytes" of the MIME Sniffing Standard, section 3), and a `<` or `{` there.
fn is_readable(bytes: &[u8]) -> bool {
    const LOOKED_AT_BYTES: usize = 1_000;
    const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let beginning = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let is_text = || !beginning.iter().any(is_binary) || MARKS.iter().any(|mark| bytes.starts_with(mark));
    let is_utf16 = || matches!(bytes, [0, b'<' | b'{', 0, ..] | [b'<' | b'{', 0, _, 0, ..]);
    memchr2(b'<', b'{', beginning).is_some() && (is_text() || is_utf16())
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
    fn check(said: &[&str], expected: &[Layer]) {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append(CONTENT_ENCODING, value.parse().unwrap());
        }
        assert_eq!(Encoding::of(&headers).unwrap().layers, expected, "{said:?}");
    }

    #[test]
    fn an_encoding_is_known_in_any_spelling() {
        check(&[], &[]);
        check(&[""], &[]);
        check(&["Identity"], &[]);
        check(&["gzip"], &[Layer::Gzip]);
        check(&[" X-GZip "], &[Layer::Gzip]);
        check(&["\"gzip\";q=1.0"], &[Layer::Gzip]);
        check(&["identity, br"], &[Layer::Brotli]);
        check(&["identity", "deflate"], &[Layer::Deflate]);
        check(&["gzip", "br"], &[Layer::Gzip, Layer::Brotli]);
        check(&["zstd"], &[Layer::Unknown]);
        check(&["utf-8"], &[Layer::Unknown]);
    }

    #[test]
    fn what_is_packed_too_often_is_refused() {
        let mut headers = HeaderMap::new();
        headers.append(CONTENT_ENCODING, "gzip, gzip, gzip, gzip".parse().unwrap());
        let error = Encoding::of(&headers).unwrap_err().to_string();
        assert_eq!(error, "the body is encoded more than 3 times over: \"gzip, gzip, gzip, gzip\"");
    }

    /// Of another seed in each run unless `FEEDWATCH_SEED` wishes one; a test that fails shows what it printed.
    fn seeded() -> ProptestConfig {
        let wish = std::env::var("FEEDWATCH_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = wish.unwrap_or_else(|| std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0));
        println!("FEEDWATCH_SEED={seed} plays this again");
        let rng_seed = proptest::test_runner::RngSeed::Fixed(seed);
        ProptestConfig { failure_persistence: None, rng_seed, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(seeded())]

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
            let layers = [Layer::Gzip, Layer::Brotli, Layer::Deflate, Layer::Unknown];
            for layers in layers.map(|layer| vec![layer]).into_iter().chain([vec![Layer::Gzip, Layer::Brotli]]) {
                let encoding = Encoding { layers, said: String::new() };
                for wire in [&bytes, &packed] {
                    if let Ok(body) = encoding.decode(wire.clone(), limit) {
                        prop_assert!(body.len() as u64 <= limit);
                    }
                }
            }
        }
    }
}
