//! The output to people and to programs: no character passes that controls a terminal or changes the reading direction,
//! whoever wrote the text and whichever command shows it.
//!
//! Texts of strangers are already escaped where they are put into a line. This is a second line of defence, for names,
//! addresses, paths and errors that were thought harmless.

use std::io::{self, Write};

use super::escape::{flag_length, must_go};

/// A writer that makes visible the characters that must not reach a terminal.
#[derive(Debug)]
pub struct Guarded<W> {
    to: W,
    for_machines: bool,
    /// The beginning of a character whose rest was not written yet.
    begun: Vec<u8>,
}

/// Guards an output; `for_machines` if it is JSON, whose strings have their own escapes.
pub fn guarded<W: Write>(to: W, for_machines: bool) -> Guarded<W> {
    Guarded { to, for_machines, begun: Vec::new() }
}

/// What the flag of a region begins with; the tags behind it are a part of it.
const FLAG: char = '\u{1f3f4}';

impl<W: Write> Guarded<W> {
    fn show(&mut self, text: &str, with_styles: bool) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|c| must_go(c) && !matches!(c, '\n' | '\t')) {
            let flag = rest[..at].strip_suffix(FLAG).map_or(0, |before| flag_length(&rest[before.len()..]));
            let at = if flag > 0 { at - FLAG.len_utf8() + flag } else { at };
            self.to.write_all(&rest.as_bytes()[..at])?;
            rest = &rest[at..];
            if flag > 0 {
                continue;
            }
            if let Some(style) = style(rest).filter(|_| with_styles && !self.for_machines) {
                self.to.write_all(style.as_bytes())?;
                rest = &rest[style.len()..];
                continue;
            }
            let Some(c) = rest.chars().next() else { break };
            match self.for_machines {
                true => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(self.to, "\\u{unit:04x}"))?,
                false => write!(self.to, "{}", c.escape_unicode())?,
            }
            rest = &rest[c.len_utf8()..];
        }
        self.to.write_all(rest.as_bytes())
    }
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begun.is_empty() && !bytes.iter().any(|byte| may_go(*byte)) {
            self.to.write_all(bytes)?;
            return Ok(bytes.len());
        }
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.show(chunk.valid(), true)?;
            // A character has at most four bytes: three may wait for the last.
            let may_go_on = chunks.peek().is_none()
                && std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
            match chunk.invalid() {
                [] => {}
                begun if may_go_on => self.begun = begun.to_vec(),
                _ => self.to.write_all("\u{fffd}".as_bytes())?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Whether a byte stands in the encoding of anything that must go, and so makes a closer look worthwhile.
fn may_go(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\n' | b'\t') || matches!(byte, 0xc2 | 0xd8 | 0xe1..=0xe3 | 0xef..=0xf4)
}

/// A colour, bold and the like at the beginning of a text, as feedwatch itself writes them. None of them hides
/// anything.
fn style(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find('m')?;
    let is_ours = |number: &str| {
        matches!(number.parse(), Ok(0_u8..=4 | 22..=24 | 31..=37 | 39 | 91..=97)) && number.len() <= 2
            || number.is_empty()
    };
    inside[..end].split(';').all(is_ours).then(|| &text[..text.len() - inside.len() + end + 1])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Writes in pieces of each length, and expects the same each time.
    #[track_caller]
    fn check(text: &str, for_machines: bool, shown: &str) {
        for length in [1, 2, 3, 5, usize::MAX] {
            let mut out = guarded(Vec::new(), for_machines);
            // Styles are written in one piece.
            let pieces = if shown.contains('\u{1b}') { usize::MAX } else { length };
            text.as_bytes().chunks(pieces.min(text.len().max(1))).for_each(|piece| out.write_all(piece).unwrap());
            assert_eq!(String::from_utf8(out.to).unwrap(), shown, "in pieces of {length}");
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown_instead() {
        check("plain, é “quotes” 停 😀\n\tnext", false, "plain, é “quotes” 停 😀\n\tnext");
        check("\u{1b}]0;title\u{7}", false, r"\u{1b}]0;title\u{7}");
        check("\u{1b}[2Jgone", false, r"\u{1b}[2Jgone");
        check("\u{9b}31mred", false, r"\u{9b}31mred");
        check("over\rwritten\u{8}\u{7f}", false, r"over\u{d}written\u{8}\u{7f}");
        check("\u{202e}desrever\u{2066}x\u{2069}", false, r"\u{202e}desrever\u{2066}x\u{2069}");
        check("{\"a\":\"\u{202e}\u{7f}\u{85}\"}\n", true, "{\"a\":\"\\u202e\\u007f\\u0085\"}\n");
        let wales = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
        let mut out = guarded(Vec::new(), false);
        write!(out, "{wales} and \u{e0041}").unwrap();
        assert_eq!(String::from_utf8(out.to).unwrap(), format!("{wales} and \\u{{e0041}}"));
        check("حماس \u{200f}قطر", false, "حماس \u{200f}قطر");
    }

    #[test]
    fn our_own_colours_pass_and_what_could_hide_does_not() {
        check("\u{1b}[1m\u{1b}[91merror\u{1b}[0m", false, "\u{1b}[1m\u{1b}[91merror\u{1b}[0m");
        check("\u{1b}[33;1mx\u{1b}[m", false, "\u{1b}[33;1mx\u{1b}[m");
        for hidden in [
            "\u{1b}[8m",
            "\u{1b}[30m",
            "\u{1b}[40m",
            "\u{1b}[7m",
            "\u{1b}[1;8m",
            "\u{1b}[38;5;0m",
            "\u{1b}[1;m\u{1b}[5m",
        ] {
            let mut out = guarded(Vec::new(), false);
            out.write_all(hidden.as_bytes()).unwrap();
            assert!(String::from_utf8(out.to).unwrap().contains("\\u{1b}"), "{hidden:?}");
        }
        check("\u{1b}[1mx", true, r"\u001b[1mx");
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let mut out = guarded(Vec::new(), false);
        out.write_all(b"a\xff\xfeb \xc2").unwrap();
        out.write_all(b"\x9b c").unwrap();
        assert_eq!(String::from_utf8(out.to).unwrap(), "a\u{fffd}\u{fffd}b \\u{9b} c");
    }

    #[test]
    fn every_character_that_must_go_is_noticed_by_its_bytes() {
        for c in ('\0'..=char::MAX).filter(|c| must_go(*c) && !matches!(c, '\n' | '\t')) {
            let mut bytes = [0; 4];
            assert!(c.encode_utf8(&mut bytes).bytes().any(may_go), "{c:?}");
        }
    }
}
