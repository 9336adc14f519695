-- Why a run ended, in words, as far as it could still say so; and which start of the machine it was in, so that a machine that was
-- restarted is told from a process that was killed.
alter table run add column ended text;
alter table run add column boot text;

-- Who noted what an alert was worth.
alter table ack add column by text;

-- Since when a watch is in the files: a watch that found nothing for long is counted from there.
create table watch_known (
  watch text primary key,
  since integer not null
) without rowid;
