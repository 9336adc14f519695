//! The limits of one feed document. Reaching a limit always gives a visible error or a note.

/// Largest document read at all, in bytes. The fetch room's `max_body` lies far below; this is the last defence.
pub(super) const DOCUMENT_BYTES: usize = 128_000_000;

/// The most bytes that an undeclared gzip body may inflate to; the fetch could not count them.
pub(super) const INFLATED_BYTES: usize = 10_000_000;

/// Most members of such a file: half a million empty ones fit into ten megabytes and take two seconds.
pub(super) const GZIP_MEMBERS: usize = 100;

/// How many layers of packing are undone: each layer multiplies what a few bytes can become.
pub(super) const GZIP_LAYERS: usize = 3;

/// A feed's root tag must begin within this many bytes; servers print garbage before it by mistake.
pub(super) const PROLOGUE_BYTES: usize = 200_000;

/// Deepest nesting followed. Real feeds stay below 12; feed-rs recurses and overflows a 2 MB stack at 977 levels.
pub(super) const DEPTH: usize = 48;

/// Most items read. The largest real archives hold a few thousand.
pub(super) const ITEMS: usize = 10_000;

/// Most start tags followed outside text.
pub(super) const ELEMENTS: usize = 200_000;

/// Most namespace declarations in force at once.
pub(super) const NAMESPACES: usize = 64;

/// Longest title kept, in bytes.
pub(super) const TITLE_BYTES: usize = 2_000;

/// Longest address kept, in bytes. A longer one is dropped, as half an address is a wrong one.
pub(super) const LINK_BYTES: usize = 4_000;

/// Longest identifier kept, in bytes. A longer one is replaced by its hash, which tells it apart as well.
pub(super) const ID_BYTES: usize = 4_000;

/// Most links of a web page that are looked at, when it came in a feed's place.
pub(super) const OFFERS: usize = 1_000;

/// Longest summary or content kept, in bytes of markup.
pub(super) const CONTENT_BYTES: usize = 1_000_000;

/// Longest text made of what stands in an element, in bytes: more than is kept of it, so that the cut is seen, and so
/// that base64 of what is kept has room.
pub(super) const TEXT_BYTES: usize = CONTENT_BYTES * 3 / 2;

/// Longest name of an author or category kept, in bytes.
pub(super) const LABEL_BYTES: usize = 500;

/// Most authors, categories, links or enclosures of one item, each. Lists are cut when they are collected, as most of
/// what an attacker repeats never gets any further.
pub(super) const REPEATS: usize = 100;

/// Most texts, dates and identifiers taken of one item: real ones have a dozen.
pub(super) const CLAIMS: usize = 500;

/// Most bytes that the texts of one item take which had to be copied, as they had entities or markup: three times what
/// is kept of it, and something for fields that are not believed.
pub(super) const COPIED_BYTES: usize = 8_000_000;

/// Longest language tag kept, in bytes: RFC 5646 (section 4.4.1) asks for room for 35. A feed's own is given to each of
/// its items.
pub(super) const LANG_BYTES: usize = 64;

/// How many bytes a document's addresses may grow by in all when they are made absolute, besides its own length: for
/// ten thousand items two links each with a base of a hundred bytes. Links are kept three times over, in keys as well.
pub(super) const GROWTH_BYTES: usize = 2_000_000;

/// Most bytes that articles take in memory, besides [`HELD_FACTOR`] times the length of the document. What stands in a
/// document makes less than twice its length; the rest are identifiers and links, which are kept several times over.
pub(super) const HELD_BYTES: usize = 16_000_000;
/// See [`HELD_BYTES`].
pub(super) const HELD_FACTOR: usize = 4;

/// How much canonical XML is made before it is read and forgotten, and how many entries, as each costs feed-rs some
/// hundred bytes however short it is. Most feeds are read at one go.
pub(super) const BATCH_BYTES: usize = 256_000;
/// See [`BATCH_BYTES`].
pub(super) const BATCH_ENTRIES: usize = 500;

/// Most entities taken from a document type declaration, and the longest replacement text of one in bytes.
pub(super) const ENTITIES: usize = 64;
/// See [`ENTITIES`].
pub(super) const ENTITY_BYTES: usize = 1_000;
/// Most bytes that all entities of a document together may expand to; further references stay literal.
pub(super) const EXPANSION_BYTES: usize = 1_000_000;
