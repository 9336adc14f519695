//! The size oracle: what is held while an input is read, counted by the allocator on this thread, against the input.

use allocation_counter::measure;

/// Bytes that an undeclared gzip may inflate to, with the growth of the list that takes them, once for each layer.
pub const INFLATED: usize = 40_000_000;

/// Runs something and panics when it held more than `besides` and `factor` times the bytes of its input.
pub fn held<T>(input_bytes: usize, besides: usize, factor: usize, run: impl FnOnce() -> T) -> T {
    let mut result = None;
    let held = measure(|| result = Some(run())).bytes_max as usize;
    let most = besides + factor * input_bytes;
    assert!(held <= most, "{input_bytes} bytes of input held {held} of {most}");
    result.expect("it was run")
}

/// What a body may inflate to before it is read: nothing when it is not packed.
pub fn inflated(body: &[u8]) -> usize {
    if body.starts_with(&[0x1f, 0x8b]) { INFLATED } else { 0 }
}

/// A document made by repetition from a small recipe, so that a few mutated bytes can become what takes megabytes to
/// write. The recipe is pieces between bytes 1; the first byte of each says how often it stands there, as a power of
/// two. Within a piece `#` is its number, and bytes 2, 3 and 4 are runs of 500, 4,000 and 100,000 letters.
pub fn document(recipe: &[u8]) -> Vec<u8> {
    const MOST_BYTES: usize = 150_000;
    const POWERS: u8 = 15;
    let mut document = Vec::new();
    for piece in recipe.split(|byte| *byte == 1) {
        let Some((power, piece)) = piece.split_first() else { continue };
        for number in 0..1_usize << (power % POWERS) {
            if document.len() > MOST_BYTES {
                break;
            }
            for byte in piece {
                match byte {
                    b'#' => document.extend(number.to_string().bytes()),
                    2 => document.resize(document.len() + 500, b'a'),
                    3 => document.resize(document.len() + 4_000 - 200, b'b'),
                    4 => document.resize((document.len() + 100_000).min(2 * MOST_BYTES), b'c'),
                    byte => document.push(*byte),
                }
            }
        }
    }
    document
}
