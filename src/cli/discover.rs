//! `feedwatch discover URL`: the feeds that a page offers, in one request.

use std::io::Write;

use clap::Args;
use url::Url;

use super::{Exit, Global, setup, subscribe};
use crate::alert::{escape, mask};
use crate::feed::{self, Offer};
use crate::fetch::{Http, Request, Response, Way, follow};
use crate::model::{FeedSource, Validators};
use crate::words::count_of;

/// Asks for a page once and lists the feeds that it offers, ready for `[[feed]]`. A feed's own address is told as such.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch discover https://example.org/news\n  feedwatch discover https://example.org/news --add"
)]
pub(super) struct Discover {
    /// The page
    #[arg(value_parser = page)]
    url: Url,
    /// Add the feed to the settings, if there is one only
    #[arg(long)]
    add: bool,
}

/// The address of a page, with what to type when it is none.
pub(super) fn page(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https" | "file") => Ok(url),
        // "example.org:8080" parses, as an address of a scheme that nobody knows.
        _ if !text.contains("://") => Err(format!("http:// or https:// is missing; write https://{text}")),
        Ok(url) => Err(format!("{}: is not a supported scheme; http: and https: are", url.scheme())),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn run(global: &Global, args: &Discover, out: &mut impl Write) -> anyhow::Result<Exit> {
    let config = setup::read(global)?.config;
    let http = Http::new(&config.identity, config.limits, config.guard);
    let request = Request { url: args.url.clone(), validators: Validators::default(), way: Way::default() };
    let document = match setup::runtime()?.block_on(follow(&http, request)) {
        Ok(Response::Document(document)) => *document,
        Ok(_) => anyhow::bail!("not modified, although nothing was known of it"),
        Err(error) => {
            writeln!(out, "{}: {}", mask(&args.url), escape(&error.to_string()))?;
            return Ok(Exit::No);
        }
    };
    let content_type = document.content_type.as_deref();
    let offers = match feed::parse(&document.body, &document.url, content_type) {
        Ok(parsed) => {
            if !global.json {
                let items = count_of(parsed.articles.len(), "item");
                writeln!(out, "{} is a feed itself, with {items}", mask(&document.url))?;
            }
            vec![Offer { url: document.url.to_string(), title: parsed.title, declared: true }]
        }
        Err(_) => match feed::decode(&document.body, content_type) {
            Ok(page) => feed::discover(&page.text, &document.url),
            Err(_) => Vec::new(),
        },
    };
    // What only looks like a feed is added when it is the one thing that there is.
    let declared: Vec<&Offer> = offers.iter().filter(|offer| offer.declared).collect();
    let only = match (&declared[..], &offers[..]) {
        ([only], _) => Some(*only),
        ([], [only]) => Some(only),
        _ => None,
    };
    if let (true, Some(Offer { url, title, .. })) = (args.add, only) {
        let name = title.clone().filter(|title| !title.trim().is_empty());
        let feed = FeedSource {
            url: page(url).map_err(|why| anyhow::anyhow!("{}: {why}", escape(url)))?,
            name,
            tags: Vec::new(),
            every: None,
            holds_others: true,
            tier: None,
            related_in_full: false,
        };
        return subscribe::add(global, &feed, None, out);
    }
    for Offer { url, title, declared } in &offers {
        if global.json {
            let line = serde_json::json!({ "url": url, "title": title, "declared": declared });
            writeln!(out, "{line}")?;
            continue;
        }
        let guess = if *declared { "" } else { "  # a link that looks like a feed; not checked" };
        writeln!(out, "\n[[feed]]\nurl = {}{guess}", quoted(url))?;
        if let Some(title) = title {
            writeln!(out, "name = {}", quoted(title))?;
        }
    }
    if offers.is_empty() && !global.json {
        writeln!(out, "{} offers no feed", mask(&args.url))?;
    }
    if args.add && !offers.is_empty() {
        say!(
            "none is added: there are {}; add the one you mean by `feedwatch feeds add URL`",
            count_of(offers.len(), "feed")
        );
        return Ok(Exit::No);
    }
    Ok(if offers.is_empty() { Exit::No } else { Exit::Done })
}

/// A TOML string. JSON's escapes are TOML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(escape(text).as_ref()).to_string()
}
