//! Reads JSON without keeping it: some keys of an object, the elements of a list one by one, one text. Other content is
//! skipped and takes no memory, however much there is.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Number, Result};

/// The values of these keys of an object; of a repeated key the last.
pub(super) fn fields<'a, const N: usize>(object: &'a str, keys: &[&str; N]) -> Result<[Option<&'a RawValue>; N]> {
    let mut json = serde_json::Deserializer::from_str(object);
    let found = json.deserialize_map(FieldsOf(keys))?;
    json.end()?;
    Ok(found)
}

/// Passes on at most this many elements of a list; a value that should be a list but is not counts as its only element.
/// Returns how many there are.
pub(super) fn each<'a>(list: &'a RawValue, most: usize, mut take: impl FnMut(&'a RawValue)) -> usize {
    if !list.get().starts_with('[') {
        take(list);
        return 1;
    }
    let mut json = serde_json::Deserializer::from_str(list.get());
    // It was found to be well-formed when it was cut out of its document.
    json.deserialize_seq(Each { most, take: &mut take }).unwrap_or_default()
}

/// A string, or a number written as one. Halves of surrogates, left where somebody cut a text, are replaced.
pub(super) fn scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    match raw.get().as_bytes().first()? {
        b'"' => serde_json::Deserializer::from_str(raw.get()).deserialize_bytes(Text).ok(),
        b'-' | b'0'..=b'9' => serde_json::from_str::<Number>(raw.get()).ok().map(|number| number.to_string().into()),
        _ => None,
    }
}

struct FieldsOf<'k, const N: usize>(&'k [&'k str; N]);

impl<'de, const N: usize> Visitor<'de> for FieldsOf<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(place) = map.next_key_seed(PlaceIn(self.0))? {
            match place {
                Some(place) => found[place] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// The place of a key in a list of keys.
struct PlaceIn<'k>(&'k [&'k str]);

impl<'de> DeserializeSeed<'de> for PlaceIn<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> std::result::Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for PlaceIn<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> std::result::Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == key))
    }
}

struct Each<'t, T> {
    most: usize,
    take: &'t mut T,
}

impl<'de, T: FnMut(&'de RawValue)> Visitor<'de> for Each<'_, T> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<usize, A::Error> {
        let mut count = 0;
        while count < self.most {
            let Some(element) = list.next_element()? else { return Ok(count) };
            (self.take)(element);
            count += 1;
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(count)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> std::result::Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(text))
    }

    fn visit_bytes<E>(self, text: &[u8]) -> std::result::Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(text).into_owned()))
    }
}
