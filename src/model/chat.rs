//! Chats and telephones that messages go to. Words only.

use url::Url;

use super::Secret;

/// Where the messages of a sink go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Whose API it is.
    pub service: Service,
    /// The address of a hook, or of the server. A hook's path is often its password.
    pub url: Url,
    /// The channel, chat, room, topic or user; empty where the address or the token says it.
    pub to: String,
    /// The token that opens the API; none where the address is enough.
    pub secret: Option<Secret>,
}

/// An API that takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// An incoming webhook of Slack.
    SlackHook,
    /// Slack's chat.postMessage, with the token of a bot.
    SlackBot,
    /// A webhook of a Microsoft Teams workflow.
    Teams,
    /// A webhook of Discord.
    Discord,
    /// The bot API of Telegram.
    Telegram,
    /// The client-server API of Matrix.
    Matrix,
    /// A topic of ntfy.
    Ntfy,
    /// An application of Gotify.
    Gotify,
    /// The message API of Pushover.
    Pushover,
}

impl Service {
    /// Its name, which is also the key of the files.
    pub fn name(self) -> &'static str {
        match self {
            Service::SlackHook | Service::SlackBot => "slack",
            Service::Teams => "teams",
            Service::Discord => "discord",
            Service::Telegram => "telegram",
            Service::Matrix => "matrix",
            Service::Ntfy => "ntfy",
            Service::Gotify => "gotify",
            Service::Pushover => "pushover",
        }
    }

    /// Whether anybody may read to whom the messages go. A topic of ntfy and a user of Pushover are as good as
    /// passwords.
    pub fn shows_to(self) -> bool {
        matches!(self, Service::SlackBot | Service::Telegram | Service::Matrix)
    }
}
