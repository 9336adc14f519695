mod config;
mod watch;
