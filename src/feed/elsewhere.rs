//! Another address of the feed that a document or a header field names without a redirect. It is read but never
//! followed.

use url::Url;

use super::draft::resolve;
use super::entity::Entities;
use super::{FeedError, Parsed, decode, limits};
use crate::model::{SuggestedBy, Suggestion};
use crate::text::markup::{Markup, Tag, Token};

/// The address that a document suggests, whether it is a feed or not.
pub fn suggested(
    read: &Result<Parsed, FeedError>,
    body: &[u8],
    url: &Url,
    content_type: Option<&str>,
) -> Option<Suggestion> {
    match read {
        Ok(parsed) => parsed.new_address.clone().map(|url| Suggestion { url, by: SuggestedBy::NewFeedUrl }),
        Err(FeedError::NotAFeed(_)) => of_page(&decode(body, content_type).ok()?.text, url),
        Err(_) => None,
    }
}

/// The address in the `Refresh` header field of a document.
pub fn suggested_by_field(field: &str, url: &Url) -> Option<Suggestion> {
    Some(Suggestion { url: refresh(field, url)?, by: SuggestedBy::Refresh })
}

/// The address that a document suggests which is not a feed: a web page's `<meta http-equiv="refresh">`, or the
/// `<redirect>` with a `<newLocation>` that UserLand's servers sent instead of a feed.
fn of_page(page: &str, base: &Url) -> Option<Suggestion> {
    let entities = Entities::default();
    let (mut base, mut is_location) = (base.clone(), false);
    for token in Markup::new(&page[..page.floor_char_boundary(limits::PROLOGUE_BYTES)]) {
        let named = match token {
            Token::Start(tag) if tag.name.eq_ignore_ascii_case("base") => {
                let href = tag.attribute("href").map(|href| entities.decode(href));
                base = href.and_then(|href| base.join(href.trim()).ok()).unwrap_or(base);
                None
            }
            Token::Start(tag) if is_refresh(tag) => {
                let content = entities.decode(tag.attribute("content").unwrap_or_default());
                refresh(&content, &base).map(|url| Suggestion { url, by: SuggestedBy::MetaRefresh })
            }
            Token::Start(tag) => {
                is_location = tag.name.eq_ignore_ascii_case("newLocation");
                None
            }
            Token::Text(text) | Token::Cdata(text) if is_location => {
                address(&entities.decode(text), &base).map(|url| Suggestion { url, by: SuggestedBy::NewLocation })
            }
            Token::End(_) => {
                is_location = false;
                None
            }
            _ => None,
        };
        if named.is_some() {
            return named;
        }
    }
    None
}

fn is_refresh(tag: Tag) -> bool {
    let means = tag.attribute("http-equiv").unwrap_or_default();
    tag.name.eq_ignore_ascii_case("meta") && means.trim().eq_ignore_ascii_case("refresh")
}

/// The target of a refresh, as browsers read it: `0; url=https://...`, the address quoted or not, `url=` there or not
/// (HTML, "shared declarative refresh steps"). Without one the page means itself.
fn refresh(value: &str, base: &Url) -> Option<Url> {
    let after_time = value.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    if after_time.len() == value.trim_start().len() {
        return None;
    }
    let rest = after_time.trim_start().trim_start_matches([';', ',']).trim_start();
    let unnamed = match rest.get(..3).filter(|name| name.eq_ignore_ascii_case("url")) {
        Some(_) => rest[3..].trim_start().strip_prefix('=').map_or(rest, str::trim_start),
        None => rest,
    };
    let quoted = ['"', '\''].iter().find_map(|quote| unnamed.strip_prefix(*quote)?.split(*quote).next());
    address(quoted.unwrap_or(unnamed), base)
}

/// An address that a person can be shown: http or https, without a login, of a length that can be.
pub(super) fn address(text: &str, base: &Url) -> Option<Url> {
    let text = Some(text.trim()).filter(|text| (1..=limits::LINK_BYTES).contains(&text.len()))?;
    let url = Url::parse(&resolve(text, base)?).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    (is_web && url.as_str().len() <= limits::LINK_BYTES).then_some(url)
}
