//! `[sink.NAME]`: further places for alerts, each a webhook, a command, an Alertmanager, mail or a chat. Secrets are
//! read here, once.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::folder::Folder;
use super::hook::address;
use super::keys::TIERS;
use super::section::Section;
use super::source::Place;
use super::special::path_text;
use super::value::{self, Wrong, duration};
use super::{Diagnostic, LOG_AND_JOURNAL, chat, form, pairing, secret};
use crate::clock::SECOND;
use crate::fetch::Guard;
use crate::model::{Mail, Secret, Sink, Takes, Target};

/// One delivery; what takes longer holds up those behind it.
const TIMEOUTS: RangeInclusive<Duration> = SECOND..=Duration::from_secs(300);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

const TAKES: &[(&str, Takes)] =
    &[("alerts", Takes::Alerts), ("operations", Takes::Operations), ("heartbeats", Takes::Heartbeats)];
const DEFAULT_TAKES: &[Takes] = &[Takes::Alerts, Takes::Operations];

/// The keys that say where a sink leads, besides those of chats.
const TARGETS: [&str; 4] = ["webhook", "command", "alertmanager", "mail"];

/// Reads all sinks.
pub(super) fn read(top: &mut Section<'_, '_>, folder: &Folder, guard: &Guard) -> Vec<Sink> {
    let mut sinks = Vec::new();
    top.each("sink", |name, section| sinks.extend(sink(name, section, folder, guard)));
    sinks
}

fn sink(name: Spanned<String>, section: &mut Section<'_, '_>, folder: &Folder, guard: &Guard) -> Option<Sink> {
    let place = section.place(name.span());
    let name = name.into_inner();
    let hook = |value: &DeValue<'_>| address(value, folder, guard);
    let webhook = section.read("webhook", hook);
    let alertmanager = section.read("alertmanager", hook);
    let command = section.list("command", value::text);
    let form = form::read(section, folder);
    let to = section.one_or_list("mail", mailbox);
    let from = section.read("from", mailbox);
    let chat = chat::read(section, folder, guard);
    let chats_have_server = chat::has_server(section);
    let server = section.read("server", |value| match chats_have_server {
        true => chat::server(value, folder, guard),
        false => mail_server(value),
    });
    let user = section.read("user", value::text);
    let secret = secret(section, folder);
    let timeout = section.read("timeout", duration(TIMEOUTS)).map_or(DEFAULT_TIMEOUT, Spanned::into_inner);
    let takes = section.one_or_list("takes", value::word(TAKES));
    let takes = takes.map_or(DEFAULT_TAKES.to_vec(), |takes| takes.into_iter().map(Spanned::into_inner).collect());
    let tiers = section.one_or_list("tiers", value::whole(TIERS)).unwrap_or_default();
    let tiers = tiers.into_iter().filter_map(|tier| u8::try_from(tier.into_inner()).ok()).collect();
    if LOG_AND_JOURNAL.contains(&name.as_str()) {
        let taken = Diagnostic::error(place, format!("the name \"{name}\" is taken: every alert goes there anyway"));
        section.push(taken.help("choose another name"));
        return None;
    }
    let written = TARGETS.into_iter().chain(chat::KEYS).filter(|key| section.has(key)).count();
    if written != 1 {
        let what = if written == 0 { "nowhere" } else { "to more than one place" };
        let mistake = Diagnostic::error(place, format!("the sink \"{name}\" leads {what}"));
        section.push(mistake.help(
            "write one of webhook = \"https://...\", command = [\"/path/to/program\"], alertmanager = \"http://...\", \
             mail = \"desk@example.org\", or of slack, teams, discord, telegram, matrix, ntfy, gotify, pushover",
        ));
        return None;
    }
    if to.is_none() {
        let is_stray = |key: &&'static str| section.has(key) && !(*key == "server" && chats_have_server);
        let strays: Vec<&str> = ["from", "server", "user"].into_iter().filter(is_stray).collect();
        for key in strays {
            let mistake = Diagnostic::error(place.clone(), format!("`{key}` belongs to a sink with mail"));
            section.push(mistake.help(format!("take out `{key}`, or write mail = \"desk@example.org\"")));
        }
    }
    if !section.has("webhook") {
        for key in form::KEYS.into_iter().filter(|key| section.has(key)).collect::<Vec<_>>() {
            let mistake = Diagnostic::error(place.clone(), format!("`{key}` belongs to a sink with webhook"));
            section.push(mistake.help(format!("take out `{key}`, or write webhook = \"https://...\"")));
        }
    } else if !section.has("body") {
        for key in ["content_type", "headers"].into_iter().filter(|key| section.has(key)).collect::<Vec<_>>() {
            let mistake = Diagnostic::error(place.clone(), format!("`{key}` belongs to a webhook with `body`"));
            section.push(mistake.help(format!("take out `{key}`, or write body = \"\"\"...\"\"\"")));
        }
        // At the header: the line of the address may hold a secret.
        if let Some((message, help)) = webhook.as_ref().and_then(|url| pairing::in_webhook(url.get_ref())) {
            section.push(Diagnostic::warning(place.clone(), message).help(help));
        }
    }
    if let Some(to) = to {
        let login = (user, secret);
        let mail = mail(to, from, server, login, place, section)?;
        return Some(Sink { name, target: Target::Mail(mail), takes, tiers, timeout });
    }
    if let Some(written) = chat {
        let target = Target::Chat(chat::chat(written, server, secret, place, section)?);
        return Some(Sink { name, target, takes, tiers, timeout });
    }
    let target = match (webhook, command, alertmanager) {
        (Some(url), _, _) => Target::Webhook { url: url.into_inner(), secret, form },
        (_, _, Some(url)) => Target::Alertmanager { url: url.into_inner() },
        (_, Some(command), _) => Target::Command { command: words(command, section, folder)?, folder: here(folder) },
        // It was wrong, and reported where it stands.
        _ => return None,
    };
    Some(Sink { name, target, takes, tiers, timeout })
}

/// A mail's way; `from` and `server` belong to it, and a program that knows mail.
fn mail(
    to: Vec<Spanned<String>>,
    from: Option<Spanned<String>>,
    server: Option<Spanned<Url>>,
    (user, secret): (Option<Spanned<String>>, Option<Secret>),
    place: Place,
    section: &mut Section<'_, '_>,
) -> Option<Mail> {
    let has_secret = section.has("secret_file");
    let mut mistake = |message: &str, help: &str| section.push(Diagnostic::error(place.clone(), message).help(help));
    if !cfg!(feature = "mail") {
        mistake(
            "this feedwatch was built without mail",
            "build it with: cargo build --release --locked --features mail",
        );
        return None;
    }
    if from.is_none() {
        mistake("mail needs to say whose it is", "write from = \"feedwatch@example.org\"");
    }
    if server.is_none() {
        mistake(
            "mail needs a server that takes it",
            "write server = \"smtps://mail.example.org\", or smtp://localhost",
        );
    }
    if user.is_some() != has_secret {
        mistake("a user and the file of the password belong together", "write both user and secret_file, or neither");
    }
    let to = to.into_iter().map(Spanned::into_inner).collect();
    let user = user.map(Spanned::into_inner).unwrap_or_default();
    Some(Mail { to, from: from?.into_inner(), server: server?.into_inner(), user, secret })
}

/// `desk@example.org` or `The Desk <desk@example.org>`.
fn mailbox(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = value::text(value)?;
    let address = match text.trim_end().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((_, address)) => address,
        None => text.trim(),
    };
    let parts = address.rsplit_once('@').filter(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !address.contains(|c: char| c.is_whitespace() || c.is_control())
    });
    let wrong = || Wrong::new("a mail address", "there is no @ between user and host", "desk@example.org");
    parts.map(|_| text.clone()).ok_or_else(wrong)
}

/// A mail server's address. The password stays out of it: the file may be read by more people than the secret.
fn mail_server(value: &DeValue<'_>) -> Result<Url, Wrong> {
    const WANT: &str = "the address of a mail server";
    let text = value::text(value)?;
    let example = "write \"smtps://mail.example.org\", or \"smtp://localhost\" for a relay on this machine";
    let url = Url::parse(&text).map_err(|error| Wrong::new(WANT, error.to_string(), example))?;
    if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none_or(str::is_empty) {
        return Err(Wrong::new(WANT, "it does not begin with smtp:// or smtps:// and a host", example));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let help = "write user = \"...\", and put the password into a file: secret_file = \"mail.key\"";
        return Err(Wrong::new(WANT, "it holds a user or a password", help));
    }
    Ok(url)
}

/// The folder of the files, wherever feedwatch was started.
fn here(folder: &Folder) -> PathBuf {
    let path = Path::new(".").join(&folder.path);
    std::path::absolute(&path).unwrap_or(path)
}

/// A program and its arguments. A program with a slash in its name is a path like all others in the file.
fn words(command: Vec<Spanned<String>>, section: &mut Section<'_, '_>, folder: &Folder) -> Option<Vec<String>> {
    let place = command.first().map(|program| section.place(program.span()));
    let mut words: Vec<String> = command.into_iter().map(Spanned::into_inner).collect();
    let (Some(place), Some(program)) = (place, words.first_mut()) else {
        let mistake = Diagnostic::error(section.here(), "`command` is empty");
        section
            .push(mistake.help("write the program, and its arguments if any: [\"/usr/bin/logger\", \"-t\", \"news\"]"));
        return None;
    };
    if program.contains('/') {
        let path = here(folder).join(&*program);
        if !path.is_file() {
            section.push(Diagnostic::warning(place, format!("the program {} does not exist now", path.display())));
        }
        *program = path.to_string_lossy().into_owned();
    }
    Some(words)
}

/// The secret of the file or credential that is named.
fn secret(section: &mut Section<'_, '_>, folder: &Folder) -> Option<Secret> {
    let path = section.read("secret_file", |value| {
        let text = value::text(value)?;
        secret::named(&text, folder).unwrap_or_else(|| Ok(folder.path.join(path_text(value)?)))
    })?;
    if folder.passes_over_secrets {
        return Some(Secret::new(Vec::new()));
    }
    match secret::read(path.get_ref()) {
        Ok(secret) => Some(Secret::new(secret)),
        Err(wrong) => {
            section.push(Diagnostic::error(section.place(path.span()), wrong.found).help(wrong.help));
            None
        }
    }
}
