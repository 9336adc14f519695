//! What the address of a hook tells of the service behind it, and which key belongs to that.

use url::Url;

/// Hosts of services whose hooks want a form of their own: the end of the name, what the path begins with, the key.
/// Names that workflows of Teams have, other workflows may have too.
const HOSTS: &[(&str, &str, &str)] = &[
    ("hooks.slack.com", "/services/", "slack"),
    ("hooks.slack-gov.com", "/services/", "slack"),
    ("slack.com", "/api/", "slack"),
    ("discord.com", "/api/webhooks/", "discord"),
    ("discordapp.com", "/api/webhooks/", "discord"),
    ("webhook.office.com", "/", "teams"),
    ("logic.azure.com", "/workflows/", "teams"),
    ("environment.api.powerplatform.com", "/", "teams"),
    ("api.telegram.org", "/", "telegram"),
    ("ntfy.sh", "/", "ntfy"),
    ("api.pushover.net", "/", "pushover"),
];

/// The key for an address, if its host is known.
pub(super) fn key_of(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?.trim_end_matches('.');
    let is_of = |name: &str| host == name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.'));
    let known = HOSTS.iter().find(|(name, path, _)| is_of(name) && url.path().starts_with(path));
    known.map(|(_, _, key)| *key)
}

/// What is wrong with a webhook at this address: the service takes no CloudEvents.
pub(super) fn in_webhook(url: &Url) -> Option<(String, String)> {
    let key = key_of(url)?;
    let message = format!("{} takes no CloudEvents", service(key));
    let help = match key {
        "telegram" | "pushover" => format!("write {key} = \"...\" instead of webhook, and the token into secret_file"),
        _ => format!("write {key} instead of webhook, or the body that it shall get: body = \"\"\"...\"\"\""),
    };
    Some((message, help))
}

/// What is wrong with the address of a service: it is that of another one, or, for those with hosts of their own, of
/// none.
pub(super) fn in_chat(key: &str, url: &Url) -> Option<(String, String)> {
    let host = url.host_str().unwrap_or_default();
    match key_of(url) {
        Some(found) if found == key => None,
        Some(found) => {
            Some((format!("{host} belongs to {}", service(found)), format!("write {found} instead of {key}")))
        }
        None if matches!(key, "slack" | "discord") => {
            let help = "if a server of your own takes the same messages, all is well".to_owned();
            Some((format!("{host} is not known as a host of {}", service(key)), help))
        }
        None => None,
    }
}

fn service(key: &str) -> &'static str {
    match key {
        "slack" => "Slack",
        "discord" => "Discord",
        "teams" => "Microsoft Teams",
        "telegram" => "Telegram",
        "ntfy" => "ntfy",
        "pushover" => "Pushover",
        _ => "another service",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn hosts_are_known_by_their_whole_names() {
        for (url, key) in [
            ("https://hooks.slack.com/services/T/B/x", Some("slack")),
            ("https://hooks.slack.com.evil.example/services/T/B/x", None),
            ("https://nothooks.slack.com/services/T/B/x", None),
            ("https://hooks.slack.com/triggers/T/1/x", None),
            ("https://discord.com/api/webhooks/1/x", Some("discord")),
            ("https://canary.discord.com/api/webhooks/1/x", Some("discord")),
            ("https://discord.com/channels/1", None),
            ("https://prod-00.westeurope.logic.azure.com:443/workflows/x", Some("teams")),
            ("https://api.telegram.org/botX/sendMessage", Some("telegram")),
            ("https://desk.example/hook", None),
        ] {
            assert_eq!(key_of(&url.parse().unwrap()), key, "{url}");
        }
    }
}
