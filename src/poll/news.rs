//! What is new in a story: in a record of its growth, and piece by piece in order of time. Pure.
//!
//! A record of growth is one more alert about a known story; it quotes what no told piece said. Nothing is reworded
//! here: each quote is a sentence of a piece, with its link. The first original report of agency news, and the first
//! piece from a feed of a better tier, are new as well.

use crate::alert;
use crate::model::{
    AlertArticle, AlertNews, Article, ArticleChange, Changes, Decided, Feed, Kind, NewsKind, Origin, Outcome, Outlet,
    PieceOutcome, StoryArticle,
};
use crate::story::{News, Said, Text};

/// Sentences in a record of growth.
const NEWS_MOST: usize = 3;
/// Pieces in which they are looked for, the newest first.
const LOOKED_AT_MOST: usize = 24;
/// The longest value in characters: longer ones are not names.
const VALUE_CHARS_MOST: usize = 60;
/// Characters of a quote in the line that names an alert.
const LINE_CHARS_MOST: usize = 100;
/// The tier of a feed without a tier.
const NO_TIER: u8 = 3;

/// Adds to records of growth what is new in their stories. `recall` reads the stories of a watch from the store by
/// their ids; it is called only if one grows.
pub(super) fn tell_news<E>(
    feed: &Feed,
    changes: &mut Changes,
    mut recall: impl FnMut(&str, &str) -> Result<Vec<StoryArticle>, E>,
) -> Result<(), E> {
    for at in 0..changes.articles.len() {
        let change = &changes.articles[at];
        let grown = change.alerts.iter().enumerate().filter(|(_, decided)| is_growth(decided));
        let grown: Vec<(usize, String)> =
            grown.map(|(number, decided)| (number, decided.alert.watch.name.clone())).collect();
        for (number, watch) in grown {
            let articles = as_it_grew(feed, &changes.articles[..=at], &watch, &mut recall)?;
            let news = growth(&articles);
            let alert = &mut changes.articles[at].alerts[number].alert;
            alert.message = with_news(&alert.message, &alert.article, &news);
            alert.story.new = news;
        }
    }
    Ok(())
}

/// The hits of the watch in the story of the last of these articles, that one last.
fn as_it_grew<E>(
    feed: &Feed,
    changes: &[ArticleChange],
    watch: &str,
    mut recall: impl FnMut(&str, &str) -> Result<Vec<StoryArticle>, E>,
) -> Result<Vec<StoryArticle>, E> {
    let mut articles = Vec::new();
    let Some(piece) = changes.last().and_then(|change| change.piece.as_ref()) else { return Ok(articles) };
    let stories: Vec<&String> = piece.absorbs.iter().chain([&piece.story]).collect();
    for story in &stories {
        articles.extend(recall(story, watch)?);
    }
    let is_of_story =
        |change: &&ArticleChange| change.piece.as_ref().is_some_and(|piece| stories.contains(&&piece.story));
    for change in changes.iter().filter(is_of_story) {
        // Its present text; what was told of earlier texts stays told.
        articles.retain(|known| Some(known.article) != change.known || known.is_told);
        articles.extend(of_change(feed, change, watch));
    }
    Ok(articles)
}

fn is_growth(decided: &Decided) -> bool {
    decided.outcome == Outcome::Grown && decided.alert.kind == Kind::Alert
}

/// An article that is being decided upon as one of its story.
fn of_change(feed: &Feed, change: &ArticleChange, watch: &str) -> Option<StoryArticle> {
    let alerts: Vec<&Decided> = change.alerts.iter().filter(|decided| decided.alert.watch.name == watch).collect();
    let first = alerts.first()?;
    let Article { title, summary, body, author, lang, url, .. } = change.article.clone();
    let piece = change.piece.as_ref()?;
    Some(StoryArticle {
        article: change.known.unwrap_or_default(),
        outlet: Outlet { feed: feed.id, publisher: piece.publisher.clone(), origin: piece.origin.clone() },
        feed: first.alert.feed.title.clone(),
        tier: feed.source.tier,
        at: first.alert.article.at(),
        title,
        summary,
        body,
        author,
        lang,
        url,
        outcomes: alerts.iter().map(|decided| outcome(decided)).collect(),
        why: first.alert.why.clone(),
        is_told: alerts.iter().any(|decided| decided.outcome == Outcome::Raised),
        quoted: Vec::new(),
    })
}

fn outcome(decided: &Decided) -> PieceOutcome {
    let alert = &decided.alert;
    let (id, kind, watch) = (alert.id.clone(), alert.kind, alert.watch.name.clone());
    PieceOutcome { id, kind, watch, outcome: decided.outcome, at: alert.time }
}

/// What is new in a story that grew by the last of its articles, compared with everything that people were told of it.
fn growth(articles: &[StoryArticle]) -> Vec<AlertNews> {
    let Some((last, others)) = articles.split_last() else { return Vec::new() };
    let told: Vec<&StoryArticle> = others.iter().filter(|article| article.is_told).collect();
    let quoted: Vec<&AlertNews> = others.iter().flat_map(|article| &article.quoted).collect();
    let mut said = Said::default();
    told.iter().for_each(|article| said.add(&text(article)));
    quoted.iter().for_each(|news| said.add_quote(&news.quote));
    let mut untold: Vec<&StoryArticle> = others.iter().filter(|other| !other.is_told && other.counts()).collect();
    untold.sort_by_key(|article| article.at);
    let mut news = Vec::new();
    for article in [last].into_iter().chain(untold.iter().rev().take(LOOKED_AT_MOST).copied()) {
        if news.len() < NEWS_MOST {
            news.extend(said.news(&text(article)).map(|found| in_words(article, &found)));
            said.add(&text(article));
        }
    }
    untold.push(last);
    let was_quoted = |kind: NewsKind| quoted.iter().any(|news| news.kind == kind);
    if are_wires(&told) && !was_quoted(NewsKind::OwnReport) {
        news.extend(untold.iter().find_map(|article| own_report(article)));
    }
    let quoted_tier =
        quoted.iter().filter(|news| news.kind == NewsKind::Tier).filter_map(|news| news.value.parse().ok());
    let best = told.iter().map(|article| tier(article)).chain(quoted_tier).min().unwrap_or_default();
    let better = untold.iter().filter(|article| tier(article) < best).min_by_key(|article| tier(article));
    news.extend(better.map(|article| of_tier(article)));
    news
}

/// The pieces of a story that brought something new, as it went: each with what that is. The first begins it. None
/// where no other one brought anything.
pub fn timeline(articles: &[StoryArticle]) -> Vec<Vec<AlertNews>> {
    let mut in_order: Vec<&StoryArticle> = articles.iter().filter(|article| article.counts()).collect();
    in_order.sort_by_key(|article| (article.at, article.outcomes.first().map(|outcome| outcome.at), article.article));
    let mut said = Said::default();
    let mut steps: Vec<Vec<AlertNews>> = Vec::new();
    for (number, article) in in_order.iter().enumerate() {
        let earlier = &in_order[..number];
        let text = text(article);
        let mut step = Vec::new();
        match number {
            0 => step.push(entry(article, NewsKind::Story, String::new(), headline(article))),
            _ => step.extend(said.news(&text).map(|found| in_words(article, &found))),
        }
        step.extend(own_report(article).filter(|_| are_wires(earlier)));
        let is_better = earlier.iter().map(|earlier| tier(earlier)).min().is_some_and(|best| tier(article) < best);
        step.extend(is_better.then(|| of_tier(article)));
        said.add(&text);
        steps.extend(Some(step).filter(|step| !step.is_empty()));
    }
    if steps.len() < 2 { Vec::new() } else { steps }
}

fn text(article: &StoryArticle) -> Text<'_> {
    let StoryArticle { title, summary, body, lang, author, why, .. } = article;
    let texts = if body.len() > summary.len() { [body.as_str(), summary] } else { [summary.as_str(), body] };
    Text { title, texts, lang: lang.as_deref(), author: author.as_deref(), why }
}

fn headline(article: &StoryArticle) -> String {
    alert::quote(article.headline(), 0..0)
}

fn in_words(article: &StoryArticle, news: &News) -> AlertNews {
    let value = alert::quote(alert::shorten(&news.sentence[news.value.clone()], VALUE_CHARS_MOST).trim(), 0..0);
    entry(article, news.kind, value, alert::quote(news.sentence, news.value.clone()))
}

/// Whether all of them are known for prints of agencies' texts.
fn are_wires(articles: &[&StoryArticle]) -> bool {
    let is_wire = |article: &&StoryArticle| matches!(article.outlet.origin, Some(Origin::Wire(_)));
    !articles.is_empty() && articles.iter().all(is_wire)
}

fn own_report(article: &StoryArticle) -> Option<AlertNews> {
    let Some(Origin::Own(publisher)) = &article.outlet.origin else { return None };
    Some(entry(article, NewsKind::OwnReport, publisher.clone(), headline(article)))
}

fn tier(article: &StoryArticle) -> u8 {
    article.tier.unwrap_or(NO_TIER)
}

fn of_tier(article: &StoryArticle) -> AlertNews {
    entry(article, NewsKind::Tier, tier(article).to_string(), headline(article))
}

fn entry(article: &StoryArticle, kind: NewsKind, value: String, quote: String) -> AlertNews {
    AlertNews {
        kind,
        value,
        quote,
        url: article.url.clone(),
        feed: article.feed.clone(),
        publisher: article.outlet.publisher.clone(),
        time: article.at,
    }
}

/// The line that names a record, with what is new in it: `... (story grew to 5 feeds, ...; new number 15: "...")`. A
/// fact that is already in the line is not repeated.
fn with_news(message: &str, article: &AlertArticle, news: &[AlertNews]) -> String {
    let of = |wanted: fn(&AlertNews) -> bool| news.iter().find(|news| wanted(news));
    let said = of(|news| !matches!(news.kind, NewsKind::OwnReport | NewsKind::Tier));
    let mut parts: Vec<String> = Vec::new();
    parts.extend(said.map(|news| match article.title.contains(news.quote.trim_end_matches('.')) {
        true => news.label(),
        false => format!("{}: \"{}\"", news.label(), alert::shorten(&news.quote, LINE_CHARS_MOST)),
    }));
    let own = of(|news| news.kind == NewsKind::OwnReport);
    parts.extend(own.map(|news| format!("{}: {}", news.label(), news.value)));
    parts.extend(of(|news| news.kind == NewsKind::Tier).map(AlertNews::label));
    match message.strip_suffix(')') {
        Some(open) if !parts.is_empty() => format!("{open}; {})", parts.join("; ")),
        _ => message.to_owned(),
    }
}
