//! The keys of sinks that lead to chats and telephones: where the messages go, and what each service needs for it.

use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::folder::Folder;
use super::hook::{address, plain_address};
use super::section::Section;
use super::source::Place;
use super::value::{self, Wrong};
use super::{Diagnostic, pairing, secret};
use crate::fetch::Guard;
use crate::model::{Chat, Secret, Service};

/// The keys, which are the names of the services.
pub(super) const KEYS: [&str; 8] = ["slack", "teams", "discord", "telegram", "matrix", "ntfy", "gotify", "pushover"];

/// Where these are, unless the file says otherwise.
const SLACK: &str = "https://slack.com";
const TELEGRAM: &str = "https://api.telegram.org";
const PUSHOVER: &str = "https://api.pushover.net";

/// Where the messages go, as it is written.
pub(super) struct Written {
    key: &'static str,
    service: Service,
    /// The address of a hook.
    url: Option<Url>,
    to: String,
}

/// Reads all of the keys; none if none is there, or what is there is wrong.
pub(super) fn read(section: &mut Section<'_, '_>, folder: &Folder, guard: &Guard) -> Option<Written> {
    let hook = |service| move |value: &DeValue<'_>| Ok((service, Some(address(value, folder, guard)?), String::new()));
    let to = |service| move |text: String| (service, None, text);
    let found = [
        section.read("slack", |value| match is_address(&value::text(value)?) {
            true => hook(Service::SlackHook)(value),
            false => Ok(to(Service::SlackBot)(value::text(value)?)),
        }),
        section.read("teams", hook(Service::Teams)),
        section.read("discord", hook(Service::Discord)),
        section.read("telegram", |value| telegram(value).map(to(Service::Telegram))),
        section.read("matrix", |value| matrix(value).map(to(Service::Matrix))),
        section.read("ntfy", |value| topic(address(value, folder, guard)?)),
        section.read("gotify", hook(Service::Gotify)),
        section.read("pushover", |value| {
            Ok(to(Service::Pushover)(secret::address(&value::text(value)?, folder)?.text.trim().to_owned()))
        }),
    ];
    let found = KEYS.into_iter().zip(found).find_map(|(key, found)| Some((key, found?.into_inner())));
    found.map(|(key, (service, url, to))| Written { key, service, url, to })
}

/// Whether a sink of this section may name a server.
pub(super) fn has_server(section: &Section<'_, '_>) -> bool {
    ["slack", "telegram", "matrix", "pushover"].iter().any(|key| section.has(key))
}

/// The server of such a sink.
pub(super) fn server(value: &DeValue<'_>, folder: &Folder, guard: &Guard) -> Result<Url, Wrong> {
    plain_address(&value::text(value)?, folder, guard)
}

/// The chat, if nothing is missing.
pub(super) fn chat(
    written: Written,
    server: Option<Spanned<Url>>,
    secret: Option<Secret>,
    place: Place,
    section: &mut Section<'_, '_>,
) -> Option<Chat> {
    let Written { key, service, url, to } = written;
    let has_secret = section.has("secret_file");
    let mut mistake = |message: String, help: &str| section.push(Diagnostic::error(place.clone(), message).help(help));
    let needs_token = match service {
        Service::SlackBot => Some("write secret_file = \"slack.token\", with the token of a bot (\"xoxb-...\") in it"),
        Service::Telegram => Some("write secret_file = \"telegram.token\", with the token in it that @BotFather gave"),
        Service::Matrix => Some("write secret_file = \"matrix.token\", with the access token of an account in it"),
        Service::Gotify => Some("write secret_file = \"gotify.token\", with the token of an application in it"),
        Service::Pushover => Some("write secret_file = \"pushover.token\", with the token of an application in it"),
        Service::SlackHook | Service::Teams | Service::Discord | Service::Ntfy => None,
    };
    match needs_token {
        Some(help) if !has_secret => mistake(format!("{key} needs a token"), help),
        None if has_secret && service != Service::Ntfy => {
            mistake(format!("a webhook of {key} has no secret"), "take out `secret_file`: the address is the secret");
        }
        _ => {}
    }
    let default = match service {
        Service::SlackBot => Some(SLACK),
        Service::Telegram => Some(TELEGRAM),
        Service::Pushover => Some(PUSHOVER),
        _ => None,
    };
    let own = if service == Service::SlackHook { None } else { server.map(Spanned::into_inner) };
    if let Some((message, help)) = url.as_ref().and_then(|url| pairing::in_chat(key, url)) {
        let found = match url.as_ref().and_then(pairing::key_of) {
            Some(_) => Diagnostic::error(place.clone(), message),
            None => Diagnostic::warning(place.clone(), message),
        };
        section.push(found.help(help));
    }
    let url = url.or(own).or_else(|| Url::parse(default?).ok());
    if url.is_none() && !section.has("server") {
        let help = "write server = \"https://matrix.example.org\"";
        section.push(Diagnostic::error(place, format!("{key} needs a server")).help(help));
    }
    Some(Chat { service, url: url?, to, secret })
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.contains("://") || text.starts_with(secret::PREFIX)
}

/// A chat of Telegram: a number, or the name of a public channel.
fn telegram(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = value::text(value)?;
    let text = text.trim();
    let is_name = text.strip_prefix('@').is_some_and(|name| !name.is_empty());
    let is_number = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
    match is_name || is_number {
        true => Ok(text.to_owned()),
        false => {
            Err(Wrong::new("a chat", "this is neither a number nor the @name of a channel", "write \"-1001234567890\""))
        }
    }
}

/// A room of Matrix by its id: an alias would have to be looked up each time.
fn matrix(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = value::text(value)?;
    let help = "the room's settings show it under \"Advanced\": \"!abc:example.org\"";
    match text.trim().starts_with('!') {
        true => Ok(text.trim().to_owned()),
        false => Err(Wrong::new("the id of a room", "it does not begin with !", help)),
    }
}

/// A topic of ntfy: the last part of its address. Messages as JSON go to what stands before it.
fn topic(mut url: Url) -> Result<(Service, Option<Url>, String), Wrong> {
    let topic = url.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or_default().to_owned();
    if topic.is_empty() && !secret::is_not_read(&url) {
        return Err(Wrong::new(
            "the address of a topic",
            "it ends without one",
            "write \"https://ntfy.sh/your-topic\"",
        ));
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop();
    }
    Ok((Service::Ntfy, Some(url), topic))
}
