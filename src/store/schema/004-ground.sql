-- What a hit that joined is held by: another feed, and whether on likeness alone, which a feed may do so often only.
alter table alert add column holder integer references feed;
alter table alert add column holder_counts integer not null default 0;
-- Why an alert that told a story holds others no more: judged noise, edited away, its watch changed.
alter table alert add column void text;
create index alert_holder on alert (holder, holder_counts, raised_at) where holder is not null;
create index alert_holds on alert (raised_at, holder) where holder_counts = 1;

-- Whether the files let the feed's pieces hold hits of others.
alter table feed add column holds_others integer not null default 1;

-- Stories whose telling may have lost its ground, by watch: looked at with the next sign of life.
create table reopened (
  story text not null,
  watch text not null,
  primary key (story, watch)
) without rowid;

update alert set void = 'judged noise' where id in (select alert from ack where verdict = 'noise');
