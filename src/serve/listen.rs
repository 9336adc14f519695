//! Sockets to listen on: bound here, or given by systemd (sd_listen_fds(3)).

use std::io;
use std::net::TcpListener as StdTcpListener;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
use std::path::Path;
use std::pin::Pin;

use listenfd::ListenFd;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

use crate::model::Listen;

/// The owner and the group may connect.
const SOCKET_MODE: u32 = 0o660;

/// A socket that the service manager opened for us.
#[derive(Debug)]
pub enum Given {
    /// A port.
    Tcp(StdTcpListener),
    /// A socket in the file system.
    Unix(StdUnixListener),
}

/// The sockets that the service manager opened for this process; to be called once. Other kinds of sockets are not
/// used.
pub fn given() -> Vec<Given> {
    let mut passed = ListenFd::from_env();
    let count = passed.len();
    let take = |at: usize| {
        let given = match passed.take_tcp_listener(at) {
            Ok(Some(listener)) => Given::Tcp(listener),
            _ => Given::Unix(passed.take_unix_listener(at).ok().flatten()?),
        };
        given.kept_from_children().ok()?;
        Some(given)
    };
    (0..count).filter_map(take).collect()
}

impl Given {
    /// The programs that sinks start get none of it.
    fn kept_from_children(&self) -> io::Result<()> {
        let socket = match self {
            Given::Tcp(listener) => listener.as_fd(),
            Given::Unix(listener) => listener.as_fd(),
        };
        Ok(rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::CLOEXEC)?)
    }
}

/// A socket that is listened on.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// By what names a client may call us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Only addresses and "localhost": a port on loopback, which the web pages in a browser on this machine could reach
    /// under a name of their own (DNS rebinding).
    Local,
    /// Any.
    Any,
}

/// A connection of either kind.
pub(super) type Connection = Pin<Box<dyn Stream + Send>>;

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> Stream for T {}

impl Listener {
    pub(super) async fn bind(listen: &Listen) -> io::Result<Listener> {
        match listen {
            Listen::Tcp(address) => TcpListener::bind(address).await.map(Listener::Tcp),
            Listen::Unix(path) => {
                clear_away(path)?;
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(SOCKET_MODE))?;
                Ok(Listener::Unix(listener))
            }
        }
    }

    pub(super) fn of(given: Given) -> io::Result<Listener> {
        match given {
            Given::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener).map(Listener::Tcp)
            }
            Given::Unix(listener) => {
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener).map(Listener::Unix)
            }
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Connection> {
        match self {
            Listener::Tcp(listener) => listener.accept().await.map(|(stream, _)| Box::pin(stream) as Connection),
            Listener::Unix(listener) => listener.accept().await.map(|(stream, _)| Box::pin(stream) as Connection),
        }
    }

    pub(super) fn names(&self) -> Names {
        match self {
            Listener::Tcp(listener) if listener.local_addr().is_ok_and(|at| at.ip().is_loopback()) => Names::Local,
            _ => Names::Any,
        }
    }
}

/// Removes a socket that an earlier process left behind; a socket with a listener stays, and so does any other file.
fn clear_away(path: &Path) -> io::Result<()> {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    let refuses = || StdUnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    if is_socket && refuses() { std::fs::remove_file(path) } else { Ok(()) }
}
