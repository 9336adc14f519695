-- Whether the files say that what a feed has that is only perhaps of a story is told by an alert of its own.
alter table feed add column related_in_full integer not null default 0;
