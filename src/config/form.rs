//! A webhook whose documents have a form of the owner's own: `body`, `content_type`, `headers`.

use toml::Spanned;
use toml::de::DeValue;

use super::folder::Folder;
use super::section::Section;
use super::value::{self, Wrong};
use super::{Diagnostic, secret};
use crate::alert::try_template;
use crate::model::{Form, Secret};

/// The keys.
pub(super) const KEYS: [&str; 3] = ["body", "content_type", "headers"];

const JSON: &str = "application/json";
/// Fields that are not the owner's to write.
const OURS: [&str; 6] =
    ["content-type", "content-length", "host", "connection", "transfer-encoding", "webhook-signature"];

/// Reads the form, if there is one.
pub(super) fn read(section: &mut Section<'_, '_>, folder: &Folder) -> Option<Form> {
    let body = section.read("body", value::text);
    let content_type = section.read("content_type", content_type).map_or(JSON.to_owned(), Spanned::into_inner);
    let headers = section.table("headers", |headers| {
        let mut kept = Vec::new();
        for (name, value) in headers.all(|value| header(value, folder)) {
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            let wrong = match name.get_ref() {
                text if text.is_empty() || !text.chars().all(is_token) => "is no name of a header field",
                text if OURS.contains(&text.to_ascii_lowercase().as_str()) => "is written by feedwatch",
                _ => {
                    kept.push((name.into_inner(), value.into_inner()));
                    continue;
                }
            };
            let mistake = Diagnostic::error(headers.place(name.span()), format!("`{}` {wrong}", name.get_ref()));
            headers.push(mistake.help("take it out, or write another name; content_type is a key of its own"));
        }
        kept
    });
    let body = body?;
    if let Err(mistake) = try_template(body.get_ref(), &content_type) {
        let all = 0..body.get_ref().len();
        let place = match mistake.place {
            Some(place) => section.place_in(body.span(), place),
            None => section.place_in(body.span(), all),
        };
        let error = Diagnostic::error(place, "`body` makes no document").label(mistake.message);
        section.push(error.help(
            "it is tried on an alert and on a heartbeat; in JSON {{ message }} writes a text with its quotes, \
             and {% if article.url %} asks for what may be missing",
        ));
        return None;
    }
    Some(Form { body: body.into_inner(), content_type, headers })
}

fn content_type(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = value::text(value)?;
    let is_one = text.contains('/') && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let wrong = || Wrong::new("a type of content", "this is none", "write \"application/json\" or \"text/plain\"");
    is_one.then(|| text.trim().to_owned()).ok_or_else(wrong)
}

/// The value of a field, or the credential that holds it.
fn header(value: &DeValue<'_>, folder: &Folder) -> Result<Secret, Wrong> {
    let text = secret::address(&value::text(value)?, folder)?.text;
    match text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
        true => Ok(Secret::new(text.trim().as_bytes().to_vec())),
        false => Err(Wrong::new("the value of a header field", "it holds more than visible ASCII", "write one line")),
    }
}
