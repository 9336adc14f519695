//! What one feed document may cost. Every limit that is hit is a visible error or a note, never silence.

/// Largest document read at all, in bytes. The fetch room's `max_body` lies far below; this is the last defence, as
/// reading takes a few times the document's size in memory.
pub(super) const DOCUMENT_BYTES: usize = 128_000_000;

/// Most bytes that an undeclared gzip body may inflate to: nobody has counted them before.
pub(super) const INFLATED_BYTES: usize = 10_000_000;

/// Most members of such a file: half a million empty ones fit into ten megabytes and take two seconds.
pub(super) const GZIP_MEMBERS: usize = 100;

/// Most times that a body may be packed over: what a few bytes can become is multiplied by each.
pub(super) const GZIP_LAYERS: usize = 3;

/// A feed's root tag must begin within this many bytes; what stands before it is junk that servers print by mistake.
pub(super) const PROLOGUE_BYTES: usize = 200_000;

/// Deepest nesting followed. Real feeds stay below 12; feed-rs recurses and overflows a 2 MB stack at 977 levels.
pub(super) const DEPTH: usize = 48;

/// Most items read. The largest real archives hold a few thousand; feed-rs needs about 3.4 KB for each.
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

/// Longest summary or content kept, in bytes of markup.
pub(super) const CONTENT_BYTES: usize = 1_000_000;

/// Longest name of an author or category kept, in bytes.
pub(super) const LABEL_BYTES: usize = 500;

/// Most authors, categories, links or enclosures of one item, each.
pub(super) const REPEATS: usize = 100;

/// Most entities taken from a document type declaration, and the longest replacement text of one in bytes.
pub(super) const ENTITIES: usize = 64;
/// See [`ENTITIES`].
pub(super) const ENTITY_BYTES: usize = 1_000;
/// Most bytes that all entities of a document together may expand to; further references stay literal.
pub(super) const EXPANSION_BYTES: usize = 1_000_000;
