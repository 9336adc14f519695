//! `[sink.NAME]`: further places for alerts, each a webhook, a command or an Alertmanager. Secrets are read here, once.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;
use url::Url;

use super::feeds::Folder;
use super::section::Section;
use super::settings::path_text;
use super::value::{self, SECOND, Wrong, duration};
use super::{Diagnostic, LOG_AND_JOURNAL, secret};
use crate::fetch::Guard;
use crate::model::{Secret, Sink, Takes, Target};

/// One delivery; what takes longer holds up those behind it.
const TIMEOUTS: RangeInclusive<Duration> = SECOND..=Duration::from_secs(300);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

const TAKES: &[(&str, Takes)] =
    &[("alerts", Takes::Alerts), ("operations", Takes::Operations), ("heartbeats", Takes::Heartbeats)];
const DEFAULT_TAKES: &[Takes] = &[Takes::Alerts, Takes::Operations];

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
    section.not_built_yet("mail");
    let secret = secret(section, folder);
    let timeout = section.read("timeout", duration(TIMEOUTS)).map_or(DEFAULT_TIMEOUT, Spanned::into_inner);
    let takes = section.one_or_list("takes", value::word(TAKES));
    let takes = takes.map_or(DEFAULT_TAKES.to_vec(), |takes| takes.into_iter().map(Spanned::into_inner).collect());
    if LOG_AND_JOURNAL.contains(&name.as_str()) {
        let taken = Diagnostic::error(place, format!("the name \"{name}\" is taken: every alert goes there anyway"));
        section.push(taken.help("choose another name"));
        return None;
    }
    let written = ["webhook", "command", "alertmanager", "mail"].into_iter().filter(|key| section.has(key)).count();
    if written != 1 {
        let what = if written == 0 { "nowhere" } else { "to more than one place" };
        let mistake = Diagnostic::error(place, format!("the sink \"{name}\" leads {what}"));
        section.push(mistake.help(
            "write one of webhook = \"https://...\", command = [\"/path/to/program\"], alertmanager = \"http://...\"",
        ));
        return None;
    }
    let target = match (webhook, command, alertmanager) {
        (Some(url), _, _) => Target::Webhook { url: url.into_inner(), secret },
        (_, _, Some(url)) => Target::Alertmanager { url: url.into_inner() },
        (_, Some(command), _) => Target::Command { command: words(command, section, folder)?, folder: here(folder) },
        // It was wrong, and reported where it stands.
        _ => return None,
    };
    Some(Sink { name, target, takes, timeout })
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
            section.push(Diagnostic::warning(place, format!("there is no program {} now", path.display())));
        }
        *program = path.to_string_lossy().into_owned();
    }
    Some(words)
}

/// A hook's address. One that the guard refuses for ever is a mistake; what a name leads to is seen at each delivery.
fn address(value: &DeValue<'_>, folder: &Folder, guard: &Guard) -> Result<Url, Wrong> {
    let whole = secret::address(&value::text(value)?, folder)?;
    plain_address(&whole.text, folder, guard).map_err(|wrong| whole.hushed(wrong))
}

fn plain_address(text: &str, folder: &Folder, guard: &Guard) -> Result<Url, Wrong> {
    const WANT: &str = "the address of a hook";
    let example = "write it whole: \"https://hooks.example.org/news\"";
    let url = Url::parse(text).map_err(|error| Wrong::new(WANT, error.to_string(), example))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Wrong::new(WANT, format!("{}: is no scheme for it", url.scheme()), example));
    }
    if folder.passes_over_secrets {
        return Ok(url);
    }
    let guard = Guard { files: false, ..guard.clone() };
    guard.url(&url).map_err(|refusal| Wrong::new("an address that may be asked", refusal.0, "see [guard]"))?;
    Ok(url)
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
