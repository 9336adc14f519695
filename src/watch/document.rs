//! An article as the matcher sees it: its parts as tokens, each with a place that tells part and position.

use crate::model::{Article, Feed, Field};
use crate::text::token::{Token, Tokens};

use super::syntax::Part;

/// The place of a token: the number of its segment in the upper bits, its position in the lower ones.
///
/// Positions of different segments are so far apart that nothing in one is near anything in another.
pub(super) type Place = u32;

const POSITION_BITS: u32 = 18;
const POSITION: Place = (1 << POSITION_BITS) - 1;

/// How many tokens of a segment are read. Articles are not longer; and 2^18 minus this leaves a gap between segments
/// that no distance of the language bridges.
const SEGMENT_TOKENS_MOST: usize = 200_000;

/// Segments that are read: title, summary, body, and as many labels as anybody gives.
const SEGMENTS_MOST: usize = 256;

/// How many words of the text belong to the lead, besides the title.
pub(super) const LEAD_WORDS: u32 = 60;

/// Titles shorter than this (in words) are not taken for a repeat when the text begins alike.
const REPEAT_WORDS_LEAST: usize = 3;

/// A stretch of an article: a text field, a label, a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) part: Part,
    /// Which of the field's texts, where it has several.
    pub(super) number: u32,
    first_token: u32,
    tokens: u32,
    /// Its first words that only repeat an earlier segment.
    pub(super) repeats: u32,
}

/// The tokens of an article; reused from article to article.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) tokens: Tokens,
    pub(super) segments: Vec<Segment>,
}

impl Document {
    /// Reads an article; its labels and its feed only if some watch asks for them.
    pub(super) fn read(&mut self, article: &Article, feed: Option<&Feed>, with_labels: bool) {
        self.tokens.clear();
        self.segments.clear();
        self.segment(Part::Title, 0, &article.title);
        self.segment(Part::Summary, 0, &article.summary);
        self.segment(Part::Body, 0, &article.body);
        self.mark_repeats();
        if with_labels {
            let parts = [Part::Author, Part::Category, Part::Feed, Part::Tag, Part::Tier, Part::Url, Part::Lang];
            for part in parts {
                let mut number = 0;
                while let Some(text) = label(article, feed, part, number) {
                    self.segment(part, number as u32, text);
                    number += 1;
                }
            }
        }
    }

    fn segment(&mut self, part: Part, number: u32, text: &str) {
        if self.segments.len() == SEGMENTS_MOST {
            return;
        }
        let first_token = self.tokens.tokens.len() as u32;
        self.tokens.read(text, SEGMENT_TOKENS_MOST);
        let tokens = self.tokens.tokens.len() as u32 - first_token;
        self.segments.push(Segment { part, number, first_token, tokens, repeats: 0 });
    }

    /// Feeds often begin the summary with the title and the body with the summary: said once, though twice there.
    fn mark_repeats(&mut self) {
        for later in 1..self.segments.len() {
            self.segments[later].repeats = (0..later)
                .map(|earlier| self.segment_tokens(earlier))
                .filter(|earlier| earlier.len() >= REPEAT_WORDS_LEAST)
                .filter(|earlier| {
                    let later = self.segment_tokens(later);
                    later.len() >= earlier.len() && later.iter().zip(*earlier).all(|(a, b)| a.form == b.form)
                })
                .map(|earlier| earlier.len() as u32)
                .max()
                .unwrap_or(0);
        }
    }

    fn segment_tokens(&self, number: usize) -> &[Token] {
        let segment = &self.segments[number];
        &self.tokens.tokens[segment.first_token as usize..][..segment.tokens as usize]
    }

    /// The segments with their numbers and the indices of their tokens.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (u32, std::ops::Range<u32>)> + '_ {
        self.segments
            .iter()
            .zip(0..)
            .map(|(segment, number)| (number, segment.first_token..segment.first_token + segment.tokens))
    }

    /// The first place of the first segment that is not text.
    pub(super) fn text_end(&self) -> Place {
        place(3, 0)
    }

    pub(super) fn token(&self, place: Place) -> &Token {
        let segment = self.segment_at(place);
        &self.tokens.tokens[(segment.first_token + (place & POSITION)) as usize]
    }

    /// Whether two places of one segment are in one sentence.
    pub(super) fn is_one_sentence(&self, one: Place, other: Place) -> bool {
        let from = self.segment_at(one).first_token;
        let sentence = |at: Place| self.tokens.tokens[(from + position(at)) as usize].sentence;
        sentence(one) == sentence(other)
    }

    /// The number of the sentence that a place is in.
    pub(super) fn sentence(&self, at: Place) -> u32 {
        self.token(at).sentence
    }

    pub(super) fn paragraph(&self, at: Place) -> u32 {
        self.token(at).paragraph
    }

    pub(super) fn segment_at(&self, place: Place) -> &Segment {
        &self.segments[(place >> POSITION_BITS) as usize]
    }

    /// The text of the article from one place to another in the same segment.
    pub(super) fn raw<'a>(&self, article: &'a Article, feed: Option<&'a Feed>, first: Place, last: Place) -> &'a str {
        let (text, at) = self.around(article, feed, first, last);
        &text[at]
    }

    /// The whole text of that segment, and the bytes of it.
    pub(super) fn around<'a>(
        &self,
        article: &'a Article,
        feed: Option<&'a Feed>,
        first: Place,
        last: Place,
    ) -> (&'a str, std::ops::Range<usize>) {
        let at = self.token(first).start as usize..self.token(last).end as usize;
        (text(article, feed, self.segment_at(first)), at)
    }

    /// Whether a place belongs to a part.
    pub(super) fn is_in(&self, at: Place, part: Part) -> bool {
        let segment = self.segment_at(at);
        match part {
            Part::Lead => match segment.part {
                Part::Title => true,
                Part::Summary => position(at) < LEAD_WORDS,
                Part::Body => position(at) < LEAD_WORDS && self.segments[1].tokens == 0,
                _ => false,
            },
            Part::Feed => matches!(segment.part, Part::Feed | Part::Tag),
            part => segment.part == part,
        }
    }

    /// Whether a place only repeats the text of an earlier segment.
    pub(super) fn is_repeat(&self, at: Place) -> bool {
        position(at) < self.segment_at(at).repeats
    }
}

/// The place of a position in a segment.
pub(super) fn place(segment: u32, position: u32) -> Place {
    segment << POSITION_BITS | position
}

/// The position within its segment.
pub(super) fn position(place: Place) -> u32 {
    place & POSITION
}

/// One of the texts of a part that is not running text.
fn label<'a>(article: &'a Article, feed: Option<&'a Feed>, part: Part, number: usize) -> Option<&'a str> {
    match part {
        Part::Author => article.author.as_deref().filter(|_| number == 0),
        Part::Category => article.categories.get(number).map(String::as_str),
        Part::Feed => {
            let feed = feed?;
            let texts = [feed.source.name.as_deref(), feed.title.as_deref(), Some(feed.source.url.as_str())];
            texts.into_iter().flatten().nth(number)
        }
        Part::Tag => feed?.source.tags.get(number).map(String::as_str),
        Part::Tier => feed?.source.tier.filter(|_| number == 0).and_then(tier_in_words),
        Part::Url => article.url.as_deref().filter(|_| number == 0),
        Part::Lang => article.lang.as_deref().filter(|_| number == 0),
        Part::Title | Part::Summary | Part::Body | Part::Lead => None,
    }
}

/// A tier as a query names it.
fn tier_in_words(tier: u8) -> Option<&'static str> {
    const TIERS: [&str; 3] = ["1", "2", "3"];
    TIERS.get(usize::from(tier).checked_sub(1)?).copied()
}

/// The text a segment was read from.
fn text<'a>(article: &'a Article, feed: Option<&'a Feed>, segment: &Segment) -> &'a str {
    match segment.part {
        Part::Title => &article.title,
        Part::Summary => &article.summary,
        Part::Body => &article.body,
        part => label(article, feed, part, segment.number as usize).unwrap_or_default(),
    }
}

/// The field a part is told as.
pub(super) fn field(part: Part) -> Field {
    match part {
        Part::Title | Part::Lead => Field::Title,
        Part::Summary => Field::Summary,
        Part::Body => Field::Body,
        Part::Author => Field::Author,
        Part::Category => Field::Category,
        Part::Feed | Part::Tag | Part::Tier => Field::Feed,
        Part::Url => Field::Url,
        Part::Lang => Field::Lang,
    }
}
