//! Walks a parsed table: reads the keys it is asked for, reports every value that is wrong, then every key that nobody
//! asked for.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Diagnostic;
use super::keys::Key;
use super::literal::raw_range;
use super::source::{Place, Source};
use super::value::{Wrong, kind, nearest};

/// Where a key belongs: the name of its table, empty for the top of the file.
type TableName = &'static str;

/// What a file's walk found.
pub(super) struct Report<'d> {
    source: &'d Arc<Source>,
    found: Vec<Diagnostic>,
    missing: Vec<Diagnostic>,
    unknown: Vec<(TableName, String, Range<usize>)>,
    known: BTreeSet<(TableName, &'static str)>,
    tables: BTreeSet<TableName>,
}

/// What a walk found, in no order.
pub(super) struct Walked {
    /// Wrong where it stands.
    pub(super) found: Vec<Diagnostic>,
    /// Not there, told at the header of the table: to be believed only where the whole table could be read.
    pub(super) missing: Vec<Diagnostic>,
}

impl<'d> Report<'d> {
    pub(super) fn new(source: &'d Arc<Source>) -> Self {
        Report {
            source,
            found: Vec::new(),
            missing: Vec::new(),
            unknown: Vec::new(),
            known: BTreeSet::new(),
            tables: BTreeSet::new(),
        }
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// The keys that were asked for.
    #[cfg(test)]
    pub(super) fn known(&self) -> &BTreeSet<(TableName, &'static str)> {
        &self.known
    }

    /// The names of tables.
    #[cfg(test)]
    pub(super) fn tables(&self) -> &BTreeSet<TableName> {
        &self.tables
    }

    /// All that was found, unknown keys with the nearest known one.
    pub(super) fn finish(mut self) -> Walked {
        for (table, key, range) in std::mem::take(&mut self.unknown) {
            let place = self.source.place(range);
            self.found.push(self.unknown_key(table, &key, place));
        }
        Walked { found: self.found, missing: self.missing }
    }

    fn unknown_key(&self, table: TableName, key: &str, place: Place) -> Diagnostic {
        let message = match table {
            "" => format!("unknown key `{key}` at the top of the file"),
            _ => format!("unknown key `{key}` in {}", header(table)),
        };
        let unknown = Diagnostic::error(place, message);
        let here: Vec<&'static str> =
            self.known.iter().filter(|(name, _)| *name == table).map(|(_, key)| *key).collect();
        let shown = |key: &'static str| match self.tables.contains(key) {
            true => header(key),
            false => key.to_owned(),
        };
        if let Some(near) = nearest(key, &here) {
            return unknown.help(format!("write {}", shown(near)));
        }
        // also_fr for also.fr
        let parted = key.split_once(['_', '-']).filter(|(name, _)| *name == "also" && here.contains(name));
        if let Some((name, lang)) = parted {
            return unknown.help(format!("did you mean {name}.{lang}?"));
        }
        let elsewhere: Vec<&'static str> = self.known.iter().map(|(_, key)| *key).collect();
        let Some(near) = nearest(key, &elsewhere) else {
            let here: Vec<String> = here.into_iter().map(shown).collect();
            return unknown.help(format!("what may stand here: {}", here.join(", ")));
        };
        if self.tables.contains(near) {
            return unknown.help(format!("write {} on a line of its own, outside of other tables", header(near)));
        }
        let homes = self.known.iter().filter(|(_, known)| *known == near).map(|(home, _)| match *home {
            "" => "at the top of the file, above the first [table]".to_owned(),
            home => format!("in {}", header(home)),
        });
        unknown.help(format!("write {near} {}", homes.collect::<Vec<_>>().join(" or ")))
    }
}

/// A table's name as its header is written.
fn header(table: TableName) -> String {
    match table {
        "feed" | "watch" => format!("[[{table}]]"),
        "alert" => format!("{table} = {{ ... }}"),
        "score" => format!("{table} = [{{ ... }}]"),
        "sink" => format!("[{table}.NAME]"),
        _ => format!("[{table}]"),
    }
}

/// What to type for a table, when something else stands there.
fn how_to_write(table: TableName) -> String {
    match table {
        "feed" | "watch" => format!("write [[{table}]], with double brackets, once for each, and its keys below"),
        "alert" => "write alert = { level = \"high\" }".to_owned(),
        "also" => "write also.fr = '...', and so on for each language".to_owned(),
        "score" => "write score = [{ points = 5, find = '...' }], with a pair of braces for each".to_owned(),
        _ => format!("write [{table}], with single brackets, on a line of its own and its keys below"),
    }
}

/// A table being read. `'d` is the document, `'r` the report.
pub(super) struct Section<'r, 'd> {
    name: TableName,
    table: Option<&'d DeTable<'d>>,
    /// Its header, for what is missing in it.
    header: Range<usize>,
    asked: Vec<&'static str>,
    report: &'r mut Report<'d>,
}

impl<'r, 'd> Section<'r, 'd> {
    fn new(name: TableName, table: Option<&'d DeTable<'d>>, header: Range<usize>, report: &'r mut Report<'d>) -> Self {
        Section { name, table, header, asked: Vec::new(), report }
    }
}

impl<'d> Section<'_, 'd> {
    /// Reads the top table of a file.
    pub(super) fn top<T>(
        report: &mut Report<'d>,
        table: &'d DeTable<'d>,
        read: impl FnOnce(&mut Section<'_, 'd>) -> T,
    ) -> T {
        Section::new("", Some(table), 0..0, report).run(read)
    }

    /// Reads the table `[name]`; an absent one reads like an empty one.
    pub(super) fn table<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Section<'_, 'd>) -> T) -> T {
        self.report.tables.insert(name);
        let entry = self.entry(name);
        let table = entry.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (entry, table) {
            let message = format!("`{name}` must be a table");
            let (label, help) = match value.get_ref() {
                DeValue::Array(list) if list.iter().all(|value| value.get_ref().is_table()) => {
                    ("this makes a list of tables", how_to_write(name))
                }
                value => (kind(value), how_to_write(name)),
            };
            self.report.push(Diagnostic::error(self.place(value.span()), message).label(label).help(help));
        }
        let header = entry.map_or(0..0, Spanned::span);
        Section::new(name, table, header, self.report).run(read)
    }

    /// Reads each of the tables `[[name]]`.
    pub(super) fn tables(&mut self, name: &'static str, mut read: impl FnMut(&mut Section<'_, 'd>)) {
        self.report.tables.insert(name);
        let Some(value) = self.entry(name) else { return };
        let each: Vec<_> = match value.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![value],
        };
        for value in each {
            let Some(table) = value.get_ref().as_table() else {
                let wrong = Diagnostic::error(self.place(value.span()), format!("`{name}` must be tables"));
                self.report.push(wrong.label(kind(value.get_ref())).help(how_to_write(name)));
                continue;
            };
            Section::new(name, Some(table), value.span(), self.report).run(&mut read);
        }
        if value.get_ref().is_table() {
            let wrong = Diagnostic::error(self.place(value.span()), format!("`{name}` must be a list of tables"));
            self.report.push(wrong.help(how_to_write(name)));
        }
    }

    /// Reads each of the tables `[name.NAME]`, whose second names the user chooses.
    pub(super) fn each(&mut self, name: &'static str, mut read: impl FnMut(Spanned<String>, &mut Section<'_, 'd>)) {
        self.report.tables.insert(name);
        let Some(value) = self.entry(name) else { return };
        let tables: Vec<_> = match value.get_ref().as_table() {
            Some(table) => table.iter().map(|(key, value)| (Some(key), value)).collect(),
            None => vec![(None, value)],
        };
        for (key, value) in tables {
            match (key, value.get_ref().as_table()) {
                (Some(key), Some(table)) => {
                    let called = Spanned::new(key.span(), key.get_ref().to_string());
                    Section::new(name, Some(table), key.span(), self.report).run(|section| read(called, section));
                }
                (key, _) => {
                    let span = key.map_or_else(|| value.span(), Spanned::span);
                    let wrong =
                        Diagnostic::error(self.place(span), format!("`{name}` must be tables with a name each"));
                    let help = format!("write [{name}.desk] on a line of its own and the keys below");
                    self.report.push(wrong.label(kind(value.get_ref())).help(help));
                }
            }
        }
    }

    /// Reads a key, if it is there and right.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        reader: impl Fn(&DeValue<'d>) -> Result<T, Wrong>,
    ) -> Option<Spanned<T>> {
        let value = self.entry(key)?;
        self.take(key, value, &reader)
    }

    /// Reads a setting.
    pub(super) fn get<T>(&mut self, key: &'static Key<T>) -> Option<T> {
        self.get_where(key).map(Spanned::into_inner)
    }

    /// The same, with the place where it stands.
    pub(super) fn get_where<T>(&mut self, key: &'static Key<T>) -> Option<Spanned<T>> {
        debug_assert_eq!(key.row.table, self.name, "{} is read in its own table", key.row.name);
        self.read(key.row.name, key.read)
    }

    /// Whether a key is there, right or wrong.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// Reads a key that must be there.
    pub(super) fn need<T>(
        &mut self,
        key: &'static str,
        reader: impl Fn(&DeValue<'d>) -> Result<T, Wrong>,
        example: &str,
    ) -> Option<Spanned<T>> {
        // A key that is only misspelt is told as such.
        let misspelt = |table: &DeTable<'_>| table.keys().any(|other| nearest(other.get_ref(), &[key]).is_some());
        if !self.has(key) && !self.table.is_some_and(misspelt) {
            let place = self.place(self.header.clone());
            let message = format!("{} has no `{key}`", header(self.name));
            self.report.missing.push(Diagnostic::error(place, message).help(format!("add {key} = {example}")));
        }
        self.read(key, reader)
    }

    /// Reads a key whose value is a list; what is wrong in it is left out and reported.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        reader: impl Fn(&DeValue<'d>) -> Result<T, Wrong>,
    ) -> Option<Vec<Spanned<T>>> {
        let value = self.entry(key)?;
        let DeValue::Array(list) = value.get_ref() else {
            let help = match value.get_ref() {
                DeValue::String(_) => format!("write [{}]", &self.report.source.text[value.span()]),
                _ => "write it in brackets, parted by commas: [\"...\", \"...\"]".to_owned(),
            };
            let wrong = Diagnostic::error(self.place(value.span()), format!("`{key}` must be a list"));
            self.report.push(wrong.label(kind(value.get_ref())).help(help));
            return None;
        };
        Some(list.iter().filter_map(|value| self.take(key, value, &reader)).collect())
    }

    /// Reads a key whose value is one thing or a list of such.
    pub(super) fn one_or_list<T>(
        &mut self,
        key: &'static str,
        reader: impl Fn(&DeValue<'d>) -> Result<T, Wrong>,
    ) -> Option<Vec<Spanned<T>>> {
        match self.entry(key)?.get_ref() {
            DeValue::Array(_) => self.list(key, reader),
            _ => self.read(key, reader).map(|one| vec![one]),
        }
    }

    /// All keys of a table whose keys the user chooses.
    pub(super) fn all<T>(
        &mut self,
        reader: impl Fn(&DeValue<'d>) -> Result<T, Wrong>,
    ) -> Vec<(Spanned<String>, Spanned<T>)> {
        let Some(table) = self.table.take() else { return Vec::new() };
        let read = |section: &mut Self, key: &Spanned<std::borrow::Cow<'d, str>>, value| {
            let name = Spanned::new(key.span(), key.get_ref().to_string());
            section.take(key.get_ref(), value, &reader).map(|value| (name, value))
        };
        table.iter().filter_map(|(key, value)| read(self, key, value)).collect()
    }

    /// The place of the table's header.
    pub(super) fn here(&self) -> Place {
        self.place(self.header.clone())
    }

    /// Reports a diagnostic.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// A place in this file.
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        self.report.source.place(range)
    }

    /// The place of some bytes of a text's value, as it is written.
    pub(super) fn place_in(&self, literal: Range<usize>, decoded: Range<usize>) -> Place {
        let raw = raw_range(&self.report.source.text[literal.clone()], decoded);
        self.place(literal.start + raw.start..literal.start + raw.end)
    }

    fn entry(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.push(key);
        self.table?.get(key)
    }

    fn take<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'d>>,
        reader: &impl Fn(&DeValue<'d>) -> Result<T, Wrong>,
    ) -> Option<Spanned<T>> {
        match reader(value.get_ref()) {
            Ok(read) => Some(Spanned::new(value.span(), read)),
            Err(wrong) => {
                let message = format!("`{key}` must be {}", wrong.want);
                let diagnostic = Diagnostic::error(self.place(value.span()), message);
                self.report.push(diagnostic.label(wrong.found).help(wrong.help));
                None
            }
        }
    }

    fn run<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let result = read(&mut self);
        for (key, _) in self.table.into_iter().flatten() {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                self.report.unknown.push((self.name, key.get_ref().to_string(), key.span()));
            }
        }
        self.report.known.extend(self.asked.iter().map(|key| (self.name, *key)));
        result
    }
}
