//! The sinks besides the log and the journal, and which alert goes to which. Words only.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::{Alert, Chat, Kind};

/// A `[sink.NAME]` of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub target: Target,
    /// Which kinds of records it gets.
    pub takes: Vec<Takes>,
    /// The tiers of the feeds whose news it gets; none: of all feeds.
    pub tiers: Vec<u8>,
    /// The most that one delivery may take.
    pub timeout: Duration,
}

/// Where a sink leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A POST of a CloudEvents document, signed when there is a secret.
    Webhook {
        /// Whom to tell.
        url: Url,
        /// What signs the document.
        secret: Option<Secret>,
        /// A form of the owner's own, instead of CloudEvents.
        form: Option<Form>,
    },
    /// A program that reads the record from its standard input.
    Command {
        /// The program and its arguments, as they are: no shell reads them.
        command: Vec<String>,
        /// Where it starts.
        folder: PathBuf,
    },
    /// An Alertmanager's second API.
    Alertmanager {
        /// Where it answers; the path of the API is added.
        url: Url,
    },
    /// A mail to people.
    Mail(Mail),
    /// A message in a chat, or on telephones.
    Chat(Chat),
}

/// A form of the owner's own for the documents of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The template of the document.
    pub body: String,
    /// Its type.
    pub content_type: String,
    /// More header fields, whose values may be secrets.
    pub headers: Vec<(String, Secret)>,
}

/// Mails, and the server that takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who gets them; at least one.
    pub to: Vec<String>,
    /// Whose they are.
    pub from: String,
    /// `smtps://host` or `smtp://host`, without a user.
    pub server: Url,
    /// Who we are to the server.
    pub user: String,
    /// What proves it; none where nobody asks.
    pub secret: Option<Secret>,
}

/// The kinds of records a sink may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// News: alerts, digests, the ends of silences.
    Alerts,
    /// Trouble with feeds and files.
    Operations,
    /// Signs of life.
    Heartbeats,
}

/// Bytes that are shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Keeps bytes from being shown.
    pub fn new(bytes: Vec<u8>) -> Secret {
        Secret(bytes)
    }

    /// The bytes, for use.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Who is owed what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Sinks that get every record: the alert log and the journal.
    pub always: Vec<String>,
    /// The sinks of the files, with what they take.
    pub sinks: Vec<Route>,
    /// The sinks of watches that name theirs; other watches' alerts go to all.
    pub watches: HashMap<String, Vec<String>>,
}

/// A sink by name, and what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The sink.
    pub sink: String,
    /// The kinds it takes.
    pub takes: Vec<Takes>,
    /// The tiers of the feeds whose news it takes; none: of all feeds.
    pub tiers: Vec<u8>,
}

impl Routes {
    /// The sinks that are owed a record.
    pub fn of<'a>(&'a self, alert: &'a Alert) -> impl Iterator<Item = &'a str> {
        let kind = match alert.kind {
            Kind::Heartbeat => Takes::Heartbeats,
            kind if kind.is_news() => Takes::Alerts,
            _ => Takes::Operations,
        };
        let named = self.watches.get(&alert.watch.name);
        // What is about many feeds, or about none, is not for its tier.
        let is_of_feed = alert.kind.has_article();
        let fits = move |tiers: &[u8]| {
            tiers.is_empty() || !is_of_feed || alert.feed.tier.is_some_and(|tier| tiers.contains(&tier))
        };
        let wanted = move |route: &&Route| {
            let is_named = named.is_none_or(|named| named.contains(&route.sink));
            route.takes.contains(&kind) && is_named && fits(&route.tiers)
        };
        let sinks = self.sinks.iter().filter(wanted).map(|route| route.sink.as_str());
        self.always.iter().map(String::as_str).chain(sinks)
    }
}
