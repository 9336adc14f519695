-- What feedwatch keeps in mind about the database itself, a row a matter: how long articles are kept, how far the sweep
-- came, when it was last tidied, whether it comes from a backup. Names are in store/care.rs and store/backup.rs.
create table matter (
  name  text primary key,
  value integer not null
) without rowid;

-- Until now nothing was ever deleted. That stays so until the files say otherwise.
insert into matter select 'keep_us', 9223372036854775807 where exists (select 1 from feed);

-- Articles that were deleted: a feed that shows one again brings nothing new. Some 16 bytes each, for good.
create table tombstone (
  feed     integer not null references feed,
  key_hash integer not null,
  primary key (feed, key_hash)
) without rowid;

-- Ids of records that the alert log holds and a restored database does not: they were told, and are not told again.
create table told_before (id text primary key) without rowid;

-- What refers to an article or an alert is found when that goes.
create index alias_article on alias (article);
create index alert_article on alert (article) where article is not null;
create index delivery_alert on delivery (alert);
create index dead_letter_alert on dead_letter (alert);

-- Domains whose hosts share a budget for a while, since several of them asked for less.
create table gate (
  domain text primary key,
  until  integer not null
) without rowid;
