//! `feedwatch parse FILE`: how a feed is read, through the daemon's own code.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use url::Url;

use crate::alert::{escape, escape_lines};
use crate::clock::Timestamp;
use crate::feed::{self, FeedError, Parsed};
use crate::model::Article;

/// What `feedwatch parse` is asked.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:\n  feedwatch parse feed.xml\n  feedwatch parse feed.xml --json | jq -r .title")]
pub struct Args {
    /// The document, as the server sent it
    file: PathBuf,
    /// Print the repaired document that is read instead
    #[arg(long)]
    repaired: bool,
    /// Its address, which relative links are resolved against [default: the file's own]
    #[arg(long)]
    url: Option<Url>,
    /// The Content-Type that the server sent
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
}

/// One line of `--json`, its texts safe to show. The names are a contract.
#[derive(Serialize)]
struct Line<'a> {
    id: Cow<'a, str>,
    link: Option<Cow<'a, str>>,
    title: Cow<'a, str>,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    summary: Cow<'a, str>,
    content: Cow<'a, str>,
    enclosures: Vec<Cow<'a, str>>,
    author: Option<Cow<'a, str>>,
    categories: Vec<Cow<'a, str>>,
    language: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source<'a>>,
}

/// Who had the item first, by the feed's word.
#[derive(Serialize)]
struct Source<'a> {
    name: Option<Cow<'a, str>>,
    url: Option<Cow<'a, str>>,
}

/// Reads the file as a feed and prints its items. Exit 1 with a message when it is none.
pub fn run(args: &Args, json: bool, out: &mut impl Write, messages: &mut impl Write) -> anyhow::Result<ExitCode> {
    let body = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let url = match &args.url {
        Some(url) => url.clone(),
        None => file_url(&args.file)?,
    };
    let shown = match args.repaired {
        true => repaired(&body, &url, args.content_type.as_deref(), out)?,
        false => articles(&body, &url, (args, json), out, messages)?,
    };
    match shown {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            writeln!(messages, "{}: {}", args.file.display(), escape(&error.to_string()))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What was read, or why nothing was; printing itself can fail too.
type Shown = anyhow::Result<Result<(), FeedError>>;

fn repaired(body: &[u8], url: &Url, content_type: Option<&str>, out: &mut impl Write) -> Shown {
    let normal = feed::decode(body, content_type).and_then(|decoded| feed::normalise(&decoded.text, url));
    Ok(match normal {
        Ok(xml) => Ok(writeln!(out, "{}", escape_lines(&xml))?),
        Err(error) => Err(error),
    })
}

fn articles(
    body: &[u8],
    url: &Url,
    (args, json): (&Args, bool),
    out: &mut impl Write,
    messages: &mut impl Write,
) -> Shown {
    let parsed = match feed::parse(body, url, args.content_type.as_deref()) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(error)),
    };
    for note in &parsed.notes {
        writeln!(messages, "{}: {note}", args.file.display())?;
    }
    match json {
        true => lines(&parsed, out)?,
        false => report(&parsed, out)?,
    }
    Ok(Ok(()))
}

fn file_url(path: &Path) -> anyhow::Result<Url> {
    let path = std::path::absolute(path)?;
    Url::from_file_path(&path).map_err(|()| anyhow::anyhow!("{} has no address", path.display()))
}

fn lines(parsed: &Parsed, out: &mut impl Write) -> anyhow::Result<()> {
    for article in parsed.items.iter().map(|number| &parsed.articles[*number]) {
        let line = Line {
            id: escape_lines(article.id.as_deref().unwrap_or(&article.key)),
            link: maybe(&article.url),
            title: escape_lines(&article.title),
            published: article.published,
            updated: article.updated,
            summary: escape_lines(&article.summary),
            content: escape_lines(&article.body),
            enclosures: all(&article.enclosures),
            author: maybe(&article.author),
            categories: all(&article.categories),
            language: maybe(&article.lang),
            source: article
                .original
                .as_ref()
                .map(|original| Source { name: maybe(&original.name), url: maybe(&original.url) }),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn maybe(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(escape_lines)
}

fn all(texts: &[String]) -> Vec<Cow<'_, str>> {
    texts.iter().map(|text| escape_lines(text)).collect()
}

fn report(parsed: &Parsed, out: &mut impl Write) -> io::Result<()> {
    let title = escape(parsed.title.as_deref().unwrap_or("(no title)"));
    writeln!(out, "{title}: {} articles, read as {}", parsed.articles.len(), parsed.charset)?;
    for article in &parsed.articles {
        writeln!(out, "\n{}", escape(&article.headline()))?;
        let date = article.dated().map_or("date unknown".to_owned(), |at| at.to_string());
        writeln!(out, "  {date}  {}", escape(article.url.as_deref().unwrap_or("(no link)")))?;
        writeln!(out, "  key {} ({:?})", escape(&article.key), article.key_kind)?;
        let teaser = teaser(article);
        if !teaser.is_empty() {
            writeln!(out, "  {}", escape(&teaser))?;
        }
    }
    Ok(())
}

/// The beginning of the text under the title.
fn teaser(article: &Article) -> String {
    const TEASER_CHARS: usize = 160;
    let text = if article.summary.is_empty() { &article.body } else { &article.summary };
    text.chars().take(TEASER_CHARS).collect()
}
