-- Instants are microseconds since 1970 UTC and end in _at. Spans are whole microseconds and end in _us.
-- Names are singular; JSON columns hold what is only ever read back whole.

create table feed (
  id            integer primary key,
  url           text    not null unique,
  listed        integer not null,             -- whether the files name it now; history stays when they do not
  name          text,
  tags          text    not null,             -- JSON list
  every_us      integer,
  title         text,
  etag          blob,                         -- byte for byte as received
  last_modified blob,
  validator_url text,                         -- who gave them, when a redirect led there
  body_hash     integer,
  charset       text,                         -- what the last document was read as
  lossy         integer,                      -- whether bytes of it had to be replaced
  next_poll_at  integer,                      -- null: not polled
  polled_at     integer,
  succeeded_at  integer,
  failures      integer not null default 0,
  interval_us   integer not null,
  error         text,
  wait          text    not null default '{"why":"first"}',  -- JSON: why the next poll is when it is
  learned       text    not null default '{}', -- JSON: what polling has taught besides
  adopted       text,                         -- the address that is asked instead of url
  host          text    not null              -- whose budget it takes from
);
-- Plain, not partial: SQLite would not use a partial one for "next_poll_at <= ?".
create index feed_due on feed (next_poll_at);
create index feed_host on feed (host);
create index feed_adopted on feed (adopted) where adopted is not null;

-- Hosts with something to remember: several feeds, a pause, strikes.
create table host (
  name         text primary key,
  paused_until integer not null default 0,
  strikes      integer not null default 0,    -- how often in a row it asked for less without naming a time
  feeds        integer not null default 0     -- polled there, counted when the files are read
) without rowid;

-- The raw body of a feed's last document, as long as something is wrong with it.
create table kept_body (
  feed    integer primary key references feed,
  kept_at integer not null,
  why     text    not null,                   -- JSON list
  body    blob    not null
);

create table article (
  id            integer primary key,
  feed          integer not null references feed,
  key           text    not null,
  key_kind      text    not null,
  guid          text,
  url           text,
  title         text    not null,
  summary       text    not null,
  body          text    not null,
  author        text,
  category      text    not null,             -- JSON list
  enclosure     text    not null,             -- JSON list
  lang          text,
  published_at  integer,
  updated_at    integer,
  first_seen_at integer not null,
  edited_at     integer,
  content_hash  integer not null,
  link_hash     integer,                      -- of the canonical link
  unique (feed, key)
);
-- An article that comes under a new key is recognised by these.
create index article_link on article (feed, link_hash);
create index article_content on article (feed, content_hash);
create index article_seen on article (first_seen_at);

-- Further keys that articles came under, when a feed changed its identifiers.
create table alias (
  feed    integer not null references feed,
  key     text    not null,
  article integer not null references article,
  primary key (feed, key)
) without rowid;

-- What an article said before it was edited. A feed that flips between two texts adds two rows, not two a poll.
create table revision (
  article      integer not null references article,
  content_hash integer not null,
  replaced_at  integer not null,
  title        text    not null,
  summary      text    not null,
  body         text    not null,
  primary key (article, content_hash)
) without rowid;

create table hit (
  article   integer not null references article,
  watch     text    not null,
  revision  text    not null,                 -- of the watch
  found_at  integer not null,
  why       text    not null,                 -- JSON list of reasons
  points    integer,
  threshold integer,
  primary key (article, watch)
) without rowid;

create table alert (
  seq       integer primary key,              -- the order of raising
  id        text    not null unique,
  kind      text    not null,
  level     integer not null,                 -- OpenTelemetry's number
  outcome   text    not null,
  reason    text    not null,
  raised_at integer not null,
  watch     text    not null,
  story     text    not null,
  feed      integer references feed,          -- null, like article: it is about no single one
  article   integer references article,
  record    text    not null,                 -- the line of alerts.jsonl
  held_by   text,                             -- a silence, a window or quiet hours; later the digest that told it
  seen_ms      integer,                       -- how long it took from seeing and from publication; alerts only
  published_ms integer
);
create index alert_watch_told on alert (watch collate nocase, raised_at) where outcome in ('raised', 'grown');
create index alert_watch_untold on alert (watch collate nocase, raised_at) where outcome not in ('raised', 'grown');
create index alert_held on alert (held_by) where held_by is not null;

-- Windows of at_most, by watch, and quiet hours (no watch) that hold something; gone with their digest.
create table digest (
  watch  text primary key,
  due_at integer not null
) without rowid;

create table silence (
  id       integer primary key,
  scope    text    not null,                  -- "watch", "feed", "story"
  target   text    not null,
  why      text    not null,
  since    integer not null,
  until    integer not null,
  ended_at integer                            -- when its end was told
);
create index silence_until on silence (until);

create table ack (
  alert    text    primary key references alert (id),
  acked_at integer not null,
  verdict  text,                              -- "useful", "noise"
  note     text
) without rowid;
-- What was told and what was not are asked for apart, the newest first.
create index alert_told on alert (raised_at, kind, seen_ms, published_ms) where outcome in ('raised', 'grown');
create index alert_untold on alert (raised_at) where outcome not in ('raised', 'grown');
create index alert_story on alert (story, watch);

-- Stories of articles that a watch matched, as long as others may join them.
create table story (
  number   integer primary key,
  id       text    not null unique,
  until_at integer not null
);
create index story_until on story (until_at);

create table piece (
  article   integer primary key references article,
  story     integer not null references story,
  feed      integer not null references feed,
  at        integer not null,
  words     blob    not null,                 -- keys of 4 bytes each that it is looked up by
  signature blob    not null
);
create index piece_story on piece (story, article);

-- Which stories a word stands in; the keys are those of pieces.words.
create table story_word (
  word  integer not null,
  story integer not null,
  primary key (word, story)
) without rowid;

create table word (
  word    integer primary key,
  stories integer not null                    -- rows of story_word
);

-- The outbox: one row for each alert and sink.
create table delivery (
  sink         text    not null,
  alert        integer not null references alert,
  delivered_at integer,                       -- null: pending
  primary key (sink, alert)
) without rowid;
create index delivery_pending on delivery (sink, alert) where delivered_at is null;

-- What a sink will not have, or could not be given for too long. `feedwatch sinks --retry` moves it back.
create table dead_letter (
  sink        text    not null,
  alert       integer not null references alert,
  given_up_at integer not null,
  error       text    not null,
  primary key (sink, alert)
) without rowid;

-- A sink in trouble; gone when it works again.
create table sink_trouble (
  sink     text primary key,
  since    integer not null,
  failures integer not null,
  retry_at integer not null,
  error    text    not null
) without rowid;

-- How far the alert log file was written when deliveries were last marked.
create table log_cursor (
  sink   text primary key,
  device integer not null,
  inode  integer not null,
  offset integer not null
) without rowid;

create table run (
  id           text    primary key,
  version      text    not null,
  pid          integer not null,
  started_at   integer not null,
  heartbeat_at integer not null,
  stopped_at   integer,
  status       text    not null               -- JSON: what the daemon says of itself
) without rowid;
