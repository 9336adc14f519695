//! Which file is the configuration, and where state goes when it does not say.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "feedwatch.toml";
const SYSTEM_FILE: &str = "/etc/feedwatch/feedwatch.toml";

/// Where the service has its database and its logs: StateDirectory= and LogsDirectory= of the unit. Who reads the
/// service's settings by hand means these too.
const SYSTEM_STORE: &str = "/var/lib/feedwatch";
const SYSTEM_LOGS: &str = "/var/log/feedwatch";
/// Where systemd puts the service's credentials; only root and the service come there.
const SYSTEM_CREDENTIALS: &str = "/run/credentials/feedwatch.service";

/// The few variables that count, as values, so that a test needs no process of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `$FEEDWATCH_CONFIG`: the configuration file.
    pub config: Option<PathBuf>,
    /// `$STATE_DIRECTORY`, set by systemd.
    pub state_directory: Option<PathBuf>,
    /// `$LOGS_DIRECTORY`, set by systemd.
    pub logs_directory: Option<PathBuf>,
    /// `$XDG_STATE_HOME` (XDG base directory specification 0.8).
    pub xdg_state_home: Option<PathBuf>,
    /// `$HOME`.
    pub home: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY`, set by systemd.
    pub credentials: Option<PathBuf>,
    /// The database, whatever the files say: `--database`.
    pub database: Option<PathBuf>,
    /// Secrets are not read: for who only wants to know where the database is, and may not read them.
    pub passes_over_secrets: bool,
}

impl Environment {
    /// What this process was given. Empty counts as not set; of systemd's lists the first folder counts; a relative
    /// XDG folder is invalid by its specification.
    pub fn of_process() -> Self {
        let var = |name| env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| var(name).map(PathBuf::from);
        let first = |name| var(name).and_then(|value| env::split_paths(&value).next());
        Environment {
            config: path("FEEDWATCH_CONFIG"),
            state_directory: first("STATE_DIRECTORY"),
            logs_directory: first("LOGS_DIRECTORY"),
            xdg_state_home: path("XDG_STATE_HOME").filter(|path| path.is_absolute()),
            home: path("HOME"),
            credentials: path("CREDENTIALS_DIRECTORY"),
            database: None,
            passes_over_secrets: false,
        }
    }

    /// This environment for a configuration file: the machine's own file has the machine's folders, whoever reads it.
    pub(super) fn for_file(&self, config: &Path) -> Environment {
        let or = |given: &Option<PathBuf>, machines: &str| {
            given.clone().or_else(|| (config == Path::new(SYSTEM_FILE)).then(|| PathBuf::from(machines)))
        };
        Environment {
            state_directory: or(&self.state_directory, SYSTEM_STORE),
            logs_directory: or(&self.logs_directory, SYSTEM_LOGS),
            credentials: or(&self.credentials, SYSTEM_CREDENTIALS),
            ..self.clone()
        }
    }

    /// Where the database goes by default; none when no folder is known.
    pub(super) fn store(&self) -> Option<PathBuf> {
        let user = || self.xdg_state_home.clone().or_else(|| Some(self.home.as_ref()?.join(".local/state")));
        let folder = self.state_directory.clone().or_else(|| Some(user()?.join("feedwatch")))?;
        Some(folder.join("feedwatch.db"))
    }

    /// Where the alert log goes by default: the service's log folder, else beside the database.
    pub(super) fn alert_log(&self, store: &Path) -> PathBuf {
        match &self.logs_directory {
            Some(folder) => folder.join("alerts.jsonl"),
            None => store.with_file_name("alerts.jsonl"),
        }
    }
}

/// The file that is taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The file.
    pub path: PathBuf,
    /// What made it the choice.
    pub by: ChosenBy,
}

/// What made a file the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// The command line.
    Flag,
    /// `$FEEDWATCH_CONFIG`.
    Variable,
    /// It lies in the current folder.
    CurrentFolder,
    /// It is the machine's.
    System,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            ChosenBy::Flag => "--config",
            ChosenBy::Variable => "$FEEDWATCH_CONFIG",
            ChosenBy::CurrentFolder => "found in the current folder",
            ChosenBy::System => "the machine's",
        };
        write!(f, "{} ({by})", self.path.display())
    }
}

/// No file was named and none lies where one is looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no configuration file: --config is not given, $FEEDWATCH_CONFIG is not set, and there is neither {} nor {}; start \
     from the sample config/feedwatch.toml, or use --config FILE",
    .tried[0].display(),
    .tried[1].display()
)]
pub struct NoConfig {
    /// Where one was looked for.
    pub tried: [PathBuf; 2],
}

/// Chooses the configuration file: the flag's, `$FEEDWATCH_CONFIG`, ./feedwatch.toml, /etc/feedwatch/feedwatch.toml.
/// A file that was named is taken whether it is there or not: `load` then says that it is missing.
pub fn locate(flag: Option<&Path>, environment: &Environment) -> Result<Choice, NoConfig> {
    choose(flag, environment, [PathBuf::from(FILE_NAME), PathBuf::from(SYSTEM_FILE)])
}

fn choose(flag: Option<&Path>, environment: &Environment, fixed: [PathBuf; 2]) -> Result<Choice, NoConfig> {
    let choice = |path: PathBuf, by| Ok(Choice { path, by });
    if let Some(path) = flag {
        return choice(path.to_owned(), ChosenBy::Flag);
    }
    if let Some(path) = &environment.config {
        return choice(path.clone(), ChosenBy::Variable);
    }
    let [here, system] = &fixed;
    if here.exists() {
        return choice(here.clone(), ChosenBy::CurrentFolder);
    }
    if system.exists() {
        return choice(system.clone(), ChosenBy::System);
    }
    Err(NoConfig { tried: fixed })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_then_the_variable_then_the_current_folder_then_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let fixed = || [folder.path().join("here.toml"), folder.path().join("system.toml")];
        let variable = Environment { config: Some("var.toml".into()), ..Environment::default() };
        let by = |flag: Option<&str>, environment: &Environment| {
            choose(flag.map(Path::new), environment, fixed()).map(|choice| choice.by)
        };
        assert_eq!(by(Some("f.toml"), &variable), Ok(ChosenBy::Flag));
        assert_eq!(by(None, &variable), Ok(ChosenBy::Variable));
        assert_eq!(by(None, &Environment::default()), Err(NoConfig { tried: fixed() }));
        std::fs::write(folder.path().join("system.toml"), "").unwrap();
        assert_eq!(by(None, &Environment::default()), Ok(ChosenBy::System));
        std::fs::write(folder.path().join("here.toml"), "").unwrap();
        assert_eq!(by(None, &Environment::default()), Ok(ChosenBy::CurrentFolder));
    }

    #[test]
    fn state_goes_to_the_service_folder_else_to_the_users() {
        let none = Environment::default();
        let home = Environment { home: Some("/home/a".into()), ..none.clone() };
        let xdg = Environment { xdg_state_home: Some("/x".into()), ..home.clone() };
        let service = Environment { state_directory: Some("/var/lib/feedwatch".into()), ..xdg.clone() };
        let logs = Environment { logs_directory: Some("/var/log/feedwatch".into()), ..service.clone() };
        assert_eq!(none.store(), None);
        assert_eq!(home.store(), Some("/home/a/.local/state/feedwatch/feedwatch.db".into()));
        assert_eq!(xdg.store(), Some("/x/feedwatch/feedwatch.db".into()));
        assert_eq!(service.store(), Some("/var/lib/feedwatch/feedwatch.db".into()));
        assert_eq!(service.alert_log(Path::new("/s/feedwatch.db")), PathBuf::from("/s/alerts.jsonl"));
        assert_eq!(logs.alert_log(Path::new("/s/a.db")), PathBuf::from("/var/log/feedwatch/alerts.jsonl"));
    }

    #[test]
    fn the_machines_settings_have_the_machines_folders_for_whoever_reads_them() {
        let root = Environment { home: Some("/root".into()), ..Environment::default() };
        let machines = root.for_file(Path::new(SYSTEM_FILE));
        assert_eq!(machines.store(), Some("/var/lib/feedwatch/feedwatch.db".into()));
        assert_eq!(machines.alert_log(Path::new("/s/feedwatch.db")), PathBuf::from("/var/log/feedwatch/alerts.jsonl"));
        assert_eq!(root.for_file(Path::new("other.toml")), root);
        let second = Environment { state_directory: Some("/var/lib/second".into()), ..root };
        assert_eq!(second.for_file(Path::new(SYSTEM_FILE)).store(), Some("/var/lib/second/feedwatch.db".into()));
    }
}
