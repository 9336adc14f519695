//! HTML to plain text.

use feedwatch::text::html::{plain_to_text, title_to_text, to_mapped_text, to_text};

fn check(cases: &[(&str, &str)], convert: fn(&str) -> String) {
    for (html, text) in cases {
        assert_eq!(convert(html), *text, "{html}");
    }
}

#[test]
fn keeps_the_text_and_its_paragraphs() {
    check(
        &[
            ("", ""),
            ("plain", "plain"),
            ("<p>One</p><p>Two</p>", "One\nTwo"),
            ("<p>One\n  <b>bold</b>,<i>it</i>alic</p>\n", "One bold,italic"),
            ("a<br>b<br/><br />c", "a b\nc"),
            ("<ul><li>x<li>y</ul>z", "x\ny\nz"),
            ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
            ("x<script>if (a<b) { '</p>' }</script>y<style>p{}</style>z", "xyz"),
            ("x<script>never closed", "x"),
            ("a<!-- c -->b<!-- open", "ab open"),
            ("caf&eacute;&nbsp;&mdash; 1 &lt; 2 &amp; AT&T &bogus;", "café — 1 < 2 & AT&T &bogus;"),
            ("&#8220;x&#x201d; &#146;", "“x” ’"),
            ("3 < 4 and <3", "3 < 4 and <3"),
            ("<a href=\"x>y\">link</a> <img alt='<b>'>t", "link t"),
            ("<a href=\"x>broken</a> text <a href=\"y\">b</a>", "broken text b"),
            ("<o:p>office</o:p> <made-up>word</made-up>", "office word"),
            ("a \u{7} b", "a b"),
            ("bell\u{7} and\u{1b}[31m red", "bell and[31m red"),
        ],
        to_text,
    );
}

#[test]
fn undoes_escaping_twice() {
    check(
        &[
            ("AT&amp;amp;T &amp;#8217;", "AT&T ’"),
            ("<p>One &amp;amp; two</p><p>Three</p>", "One & two\nThree"),
            ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\nTwo"),
            ("<p>The tag &lt;b&gt;bold&lt;/b&gt; is bold</p>", "The tag <b>bold</b> is bold"),
        ],
        to_text,
    );
}

#[test]
fn undoes_references_that_lost_their_ampersand() {
    check(
        &[
            ("it #39;s the parties #39; aim", "it's the parties' aim"),
            ("it#39;s", "it's"),
            ("He said  quot;Never quot; and left #8212; quot;now quot;", "He said \"Never\" and left— \"now\""),
            ("costs  #36;5 million", "costs $5 million"),
            ("it &amp;#39;s &#39;so&#39;", "it 's 'so'"),
            ("the #2; No. #123456; bequot; quot12; talks; then;", "the #2; No. #123456; bequot; quot12; talks; then;"),
        ],
        to_text,
    );
}

#[test]
fn keeps_in_titles_what_is_no_html() {
    check(
        &[
            ("List<T> and <b>bold</b>", "List<T> and bold"),
            ("a < b > c", "a < b > c"),
            ("profits <b and losses", "profits <b and losses"),
            ("<p>One</p><p>Two</p>", "One Two"),
            ("  spaced \n out ", "spaced out"),
        ],
        title_to_text,
    );
}

#[test]
fn knows_plain_text_from_html_that_says_it_is_plain() {
    check(
        &[
            ("if a <b and c> d", "if a <b and c> d"),
            ("One\n\nTwo\nlines", "One\nTwo lines"),
            ("<p>One</p> two", "One\ntwo"),
            ("R&amp;D\n\n&quot;x&quot;", "R&D\n\"x\""),
        ],
        plain_to_text,
    );
}

#[test]
fn maps_words_back_to_the_source() {
    let html = "<p>One &amp;amp; <b>two</b></p><p>three</p>";
    let mapped = to_mapped_text(html);
    assert_eq!(mapped.text, "One & two\nthree");
    for word in ["One", "two", "three"] {
        let at = mapped.text.find(word).unwrap();
        assert_eq!(mapped.source_offset(at), html.find(word).unwrap(), "{word}");
    }
    assert_eq!(mapped.source_offset(mapped.text.find('&').unwrap()), html.find('&').unwrap());
    // Entities that stand for more bytes than they have, at the end of the source.
    for html in ["&nGt", "x &nGt;&nGt;", "&amp;nGt;", "<p>&nLt;</p>&prnE", "&#xFFFF;&nGtv"] {
        let mapped = to_mapped_text(html);
        let beyond = (0..mapped.text.len()).find(|at| mapped.source_offset(*at) > html.len());
        assert_eq!(beyond, None, "{html} {mapped:?}");
    }
}
