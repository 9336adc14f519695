//! The vocabulary of feeds: which namespaces and elements mean what. Tables only; no element is decided elsewhere.

/// The vocabularies that matter. RSS of all versions and Atom of all versions are one: feeds mix them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ns {
    Feed,
    Content,
    Dc,
    Itunes,
    Media,
    Rdf,
    Sy,
    Xhtml,
    Other,
}

/// Namespace names, without scheme and trailing `/` or `#`, in lower case, as people write them in all ways.
const NAMESPACES: &[(&str, Ns)] = &[
    ("backend.userland.com/rss", Ns::Feed),
    ("backend.userland.com/rss2", Ns::Feed),
    ("backend.userland.com/rss091", Ns::Feed),
    ("backend.userland.com/rss092", Ns::Feed),
    ("blogs.law.harvard.edu/tech/rss", Ns::Feed),
    ("cyber.law.harvard.edu/rss", Ns::Feed),
    ("cyber.law.harvard.edu/rss/rss.html", Ns::Feed),
    ("my.netscape.com/publish/formats/rss-0.91.dtd", Ns::Feed),
    ("my.netscape.com/rdf/simple/0.9", Ns::Feed),
    ("channel.netscape.com/rdf/simple/0.9", Ns::Feed),
    ("www.netscape.com/rdf/simple/0.9", Ns::Feed),
    ("www.rssboard.org/rss-specification", Ns::Feed),
    ("purl.org/net/rss1.1", Ns::Feed),
    ("purl.org/net/rss1.1/", Ns::Feed),
    ("purl.org/rss/1.0", Ns::Feed),
    ("purl.org/rss/2.0", Ns::Feed),
    ("purl.org/rss/1.0/modules/rss091", Ns::Feed),
    ("purl.org/atom/ns", Ns::Feed),
    ("purl.org/atom", Ns::Feed),
    ("example.com/newformat", Ns::Feed),
    ("example.com/necho", Ns::Feed),
    ("purl.org/echo", Ns::Feed),
    ("uri/of/echo/namespace", Ns::Feed),
    ("purl.org/pie", Ns::Feed),
    ("www.w3.org/2005/atom", Ns::Feed),
    ("purl.org/rss/1.0/modules/content", Ns::Content),
    ("purl.org/dc/elements/1.0", Ns::Dc),
    ("purl.org/dc/elements/1.1", Ns::Dc),
    ("purl.org/dc/terms", Ns::Dc),
    ("www.itunes.com/dtds/podcast-1.0.dtd", Ns::Itunes),
    ("www.itunes.com/dtds/podcast-1.0", Ns::Itunes),
    ("example.com/dtds/podcast-1.0.dtd", Ns::Itunes),
    ("search.yahoo.com/mrss", Ns::Media),
    ("video.search.yahoo.com/mrss", Ns::Media),
    ("www.rssboard.org/media-rss", Ns::Media),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", Ns::Rdf),
    ("purl.org/rss/1.0/modules/syndication", Ns::Sy),
    ("www.w3.org/1999/xhtml", Ns::Xhtml),
];

/// The meaning of a prefix that the document does not declare.
const PREFIXES: &[(&str, Ns)] = &[
    ("rss", Ns::Feed),
    ("atom", Ns::Feed),
    ("atom10", Ns::Feed),
    ("atom03", Ns::Feed),
    ("a10", Ns::Feed),
    ("content", Ns::Content),
    ("dc", Ns::Dc),
    ("dcterms", Ns::Dc),
    ("itunes", Ns::Itunes),
    ("media", Ns::Media),
    ("rdf", Ns::Rdf),
    ("sy", Ns::Sy),
    ("xhtml", Ns::Xhtml),
    ("html", Ns::Xhtml),
];

/// What an element is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    Title,
    Summary,
    Content,
    Link,
    Published,
    Updated,
    Author,
    /// The original source of the item.
    Original,
    Category,
    /// Several categories in one element, parted by commas.
    Keywords,
    Enclosure,
    MediaContent,
    Language,
    Ttl,
    SkipHours,
    SkipDays,
    UpdatePeriod,
    UpdateFrequency,
    /// Where the feed says that it is from now on.
    NewAddress,
    /// Contains elements about something else than the item or feed.
    Foreign,
}

/// An element with a role. The lower the rank, the rather it is believed when an item has several of one role.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    ns: Ns,
    local: &'static str,
    pub(super) role: Role,
    pub(super) rank: u16,
}

impl Element {
    /// Whether HTML has an element of that name that texts use.
    pub(super) fn is_html(&self) -> bool {
        self.ns == Ns::Feed && matches!(self.local, "body" | "source" | "image")
    }
}

const fn row(ns: Ns, local: &'static str, role: Role, rank: u16) -> Element {
    Element { ns, local, role, rank }
}

/// The elements, by role, in the order of belief.
const ELEMENTS: &[Element] = &[
    row(Ns::Feed, "guid", Role::Id, 0),
    row(Ns::Feed, "id", Role::Id, 1),
    row(Ns::Dc, "identifier", Role::Id, 2),
    row(Ns::Feed, "title", Role::Title, 0),
    row(Ns::Dc, "title", Role::Title, 1),
    row(Ns::Itunes, "title", Role::Title, 2),
    row(Ns::Media, "title", Role::Title, 3),
    row(Ns::Content, "encoded", Role::Content, 0),
    row(Ns::Feed, "encoded", Role::Content, 1),
    row(Ns::Feed, "content", Role::Content, 2),
    row(Ns::Xhtml, "body", Role::Content, 3),
    row(Ns::Xhtml, "div", Role::Content, 4),
    row(Ns::Feed, "body", Role::Content, 5),
    row(Ns::Feed, "fullitem", Role::Content, 6),
    row(Ns::Feed, "description", Role::Summary, 0),
    row(Ns::Feed, "summary", Role::Summary, 1),
    row(Ns::Feed, "abstract", Role::Summary, 2),
    row(Ns::Dc, "description", Role::Summary, 3),
    row(Ns::Dc, "abstract", Role::Summary, 4),
    row(Ns::Itunes, "summary", Role::Summary, 5),
    row(Ns::Media, "description", Role::Summary, 6),
    row(Ns::Itunes, "subtitle", Role::Summary, 7),
    row(Ns::Media, "text", Role::Summary, 8),
    row(Ns::Feed, "link", Role::Link, 0),
    row(Ns::Feed, "pubdate", Role::Published, 0),
    row(Ns::Dc, "date", Role::Published, 1),
    row(Ns::Feed, "date", Role::Published, 2),
    row(Ns::Feed, "published", Role::Published, 3),
    row(Ns::Feed, "issued", Role::Published, 4),
    row(Ns::Dc, "issued", Role::Published, 5),
    row(Ns::Feed, "created", Role::Published, 6),
    row(Ns::Dc, "created", Role::Published, 7),
    row(Ns::Feed, "updated", Role::Updated, 0),
    row(Ns::Feed, "modified", Role::Updated, 1),
    row(Ns::Dc, "modified", Role::Updated, 2),
    row(Ns::Feed, "lastbuilddate", Role::Updated, 3),
    row(Ns::Feed, "author", Role::Author, 0),
    row(Ns::Dc, "creator", Role::Author, 1),
    row(Ns::Dc, "author", Role::Author, 2),
    row(Ns::Itunes, "author", Role::Author, 3),
    row(Ns::Feed, "source", Role::Original, 0),
    row(Ns::Feed, "category", Role::Category, 0),
    row(Ns::Dc, "subject", Role::Category, 1),
    row(Ns::Media, "category", Role::Category, 2),
    row(Ns::Itunes, "keywords", Role::Keywords, 3),
    row(Ns::Media, "keywords", Role::Keywords, 4),
    row(Ns::Feed, "enclosure", Role::Enclosure, 0),
    row(Ns::Media, "content", Role::MediaContent, 0),
    row(Ns::Feed, "language", Role::Language, 0),
    row(Ns::Dc, "language", Role::Language, 1),
    row(Ns::Feed, "ttl", Role::Ttl, 0),
    row(Ns::Feed, "hour", Role::SkipHours, 0),
    row(Ns::Feed, "day", Role::SkipDays, 0),
    row(Ns::Sy, "updateperiod", Role::UpdatePeriod, 0),
    row(Ns::Sy, "updatefrequency", Role::UpdateFrequency, 0),
    row(Ns::Itunes, "new-feed-url", Role::NewAddress, 0),
    row(Ns::Feed, "image", Role::Foreign, 0),
    row(Ns::Feed, "textinput", Role::Foreign, 0),
    row(Ns::Feed, "contributor", Role::Foreign, 0),
    row(Ns::Feed, "comments", Role::Foreign, 0),
    row(Ns::Itunes, "owner", Role::Foreign, 0),
];

/// Elements that a feed begins with.
const ROOTS: &[&str] = &["rss", "feed", "RDF", "channel", "entry"];

/// Elements that are one article each.
const ITEMS: &[&str] = &["item", "entry"];

/// What an element is, if it is anything to us.
pub(super) fn element(ns: Ns, local: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|row| row.local.eq_ignore_ascii_case(local) && row.ns == ns)
}

/// Whether a feed can begin with this element.
pub(super) fn is_root(local: &str) -> bool {
    ROOTS.iter().any(|root| root.eq_ignore_ascii_case(local))
}

/// Whether this element is an article.
pub(super) fn is_item(ns: Ns, local: &str) -> bool {
    ns == Ns::Feed && ITEMS.iter().any(|item| item.eq_ignore_ascii_case(local))
}

/// Whether the end of this element ends whatever is open in an item.
pub(super) fn bounds_items(ns: Ns, local: &str) -> bool {
    is_item(ns, local) || (matches!(ns, Ns::Feed | Ns::Rdf) && is_root(local))
}

/// The prefix of a qualified name, empty when it has none, and the local name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// The namespaces in force at some point of a document.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    /// Level, prefix, meaning; the innermost last.
    declared: Vec<(usize, &'a str, Ns)>,
}

impl<'a> Scope<'a> {
    /// Takes an `xmlns` or `xmlns:prefix` attribute of an element at a level. The default namespace of a root is the
    /// feed's, whatever it is called.
    pub(super) fn declare(&mut self, level: usize, attribute: &'a str, value: &str, is_root: bool) {
        let prefix = match attribute.split_once(':') {
            Some(("xmlns", prefix)) => prefix,
            None if attribute == "xmlns" => "",
            _ => return,
        };
        let ns = match namespace(value) {
            Ns::Other if prefix.is_empty() && (is_root || value.is_empty()) => Ns::Feed,
            ns => ns,
        };
        if self.declared.len() < super::limits::NAMESPACES {
            self.declared.push((level, prefix, ns));
        }
    }

    /// Forgets what elements above a level declared.
    pub(super) fn leave(&mut self, level: usize) {
        while self.declared.last().is_some_and(|(declared, ..)| *declared > level) {
            self.declared.pop();
        }
    }

    /// Whether a prefix is that of a vocabulary of feeds, whose attributes are those that elements have without one.
    pub(super) fn knows(&self, prefix: &str) -> bool {
        !prefix.is_empty() && !matches!(self.resolve(prefix), Ns::Other | Ns::Xhtml)
    }

    /// The meaning of a prefix here.
    pub(super) fn resolve(&self, prefix: &str) -> Ns {
        if let Some((.., ns)) = self.declared.iter().rev().find(|(_, declared, _)| *declared == prefix) {
            return *ns;
        }
        let known = PREFIXES.iter().find(|(known, _)| known.eq_ignore_ascii_case(prefix));
        known.map_or(if prefix.is_empty() { Ns::Feed } else { Ns::Other }, |(_, ns)| *ns)
    }
}

fn namespace(uri: &str) -> Ns {
    let uri = uri.trim().to_ascii_lowercase();
    let bare = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://")).unwrap_or(&uri);
    let bare = bare.trim_end_matches(['/', '#']);
    NAMESPACES.iter().find(|(known, _)| *known == bare).map_or(Ns::Other, |(_, ns)| *ns)
}
