//! Lines of a message in HTML, in Markdown and as plain text. What strangers wrote is escaped; nothing else is markup.
//! Pure.

use super::message::Piece;

/// A language that messages are written in.
pub(super) struct Markup {
    text: fn(&str) -> String,
    bold: fn(&str) -> String,
    link: fn(&str, &str) -> String,
    between_lines: &'static str,
}

/// The little HTML that Telegram, Matrix and Pushover take.
pub(super) const HTML: Markup = Markup {
    text: html,
    bold: |text| format!("<b>{text}</b>"),
    link: |text, url| format!("<a href=\"{}\">{text}</a>", html(url)),
    between_lines: "\n",
};

/// The same where line ends count for nothing.
pub(super) const HTML_BREAKS: Markup = Markup { between_lines: "<br>", ..HTML };

/// CommonMark and what Discord makes of it. In both a backslash takes any ASCII punctuation for itself.
pub(super) const MARKDOWN: Markup = Markup {
    text: markdown,
    bold: |text| format!("**{text}**"),
    link: |text, url| format!("[{text}]({})", in_brackets(url)),
    between_lines: "\n",
};

/// The same where a single line end counts for nothing.
pub(super) const MARKDOWN_PARAGRAPHS: Markup = Markup { between_lines: "\n\n", ..MARKDOWN };

/// No markup: what was found stands between the marks that it has in the record, an address behind its text.
pub(super) const PLAIN: Markup = Markup {
    text: str::to_owned,
    bold: |text| format!("[[{text}]]"),
    link: |text, url| format!("{text} {url}"),
    between_lines: "\n",
};

impl Markup {
    pub(super) fn lines(&self, lines: &[Vec<Piece>]) -> String {
        let line = |line: &Vec<Piece>| line.iter().map(|piece| self.piece(piece)).collect::<String>();
        lines.iter().map(line).collect::<Vec<_>>().join(self.between_lines)
    }

    fn piece(&self, piece: &Piece) -> String {
        match piece {
            Piece::Plain(text) => (self.text)(text),
            Piece::Bold(text) => self.in_bold(text),
            Piece::Link(text, url) => (self.link)(&(self.text)(text), url),
        }
    }

    /// Blanks at the ends stay outside: Markdown takes stars beside a blank for stars.
    fn in_bold(&self, text: &str) -> String {
        let inside = text.trim();
        if inside.is_empty() {
            return (self.text)(text);
        }
        let before = &text[..text.len() - text.trim_start().len()];
        let after = &text[text.trim_end().len()..];
        format!("{before}{}{after}", (self.bold)(&(self.text)(inside)))
    }
}

fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        escaped.extend(c.is_ascii_punctuation().then_some('\\'));
        escaped.push(c);
    }
    escaped
}

/// An address that no bracket, star or backslash ends.
fn in_brackets(url: &str) -> String {
    let mut escaped = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '(' | ')' | '[' | ']' | '<' | '>' | '\\' | '*' | '_' | '`' | '|' | '~' => {
                escaped.push_str(&format!("%{:02X}", c as u32));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Length as UTF-16 counts it, as JavaScript and Telegram do.
pub(super) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_writes_no_markup() {
        let line = |text: &str| vec![vec![Piece::Bold(text.to_owned()), Piece::Link("t".to_owned(), text.to_owned())]];
        for (markup, text, written) in [
            (&HTML, "<b> & \"", "<b>&lt;b&gt; &amp; &quot;</b><a href=\"&lt;b&gt; &amp; &quot;\">t</a>"),
            (&MARKDOWN, "*(x)`", "**\\*\\(x\\)\\`**[t](%2A%28x%29%60)"),
            (&PLAIN, "a", "[[a]]t a"),
        ] {
            assert_eq!(markup.lines(&line(text)), written);
        }
        assert_eq!(MARKDOWN.lines(&[vec![Piece::Bold(" a ".to_owned())]]), " **a** ");
    }
}
