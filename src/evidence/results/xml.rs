//! The text of an XML file enters; its elements leave one by one, and what is wrong with it.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::outcome::Wrong;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 200;

/// One step through a document.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// An element begins; an empty one is closed right after.
    Open(&'a Element<'a>),
    /// An element ends.
    Close(&'a str),
    /// Text between tags.
    Text(&'a str),
}

/// An element with its attributes.
#[derive(Debug)]
pub(super) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// Its name without a prefix.
    pub(super) fn name(&self) -> &str {
        let name = self.0.name().0;
        name.rsplit(':').next().unwrap_or(name)
    }

    /// The value of an attribute, its entities resolved; as it stands when they cannot be.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let attribute = self.0.try_get_attribute(name).ok()??;
        let raw = attribute.value.to_string();
        Some(attribute.normalized_value(XmlVersion::Implicit1_0).map_or(raw, |value| value.into_owned()))
    }
}

/// The name of the first element, without its prefix; works on the beginning of a file too.
pub(super) fn root(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) => return Some(Element(start).name().to_owned()),
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// Goes through a document.
///
/// # Errors
/// What is wrong with it: no XML, an end without a beginning, or an end that is missing.
pub(super) fn walk(text: &str, visit: &mut dyn FnMut(Step<'_>, usize) -> Result<(), Wrong>) -> Result<(), Wrong> {
    const MEND: &str = "write the whole file again with the tool that made it";
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<String> = Vec::new();
    let mut any = false;
    loop {
        match reader.read_event() {
            Err(error) => {
                let position = reader.error_position();
                return Err(Wrong::new(format!("it is not valid XML: {error}"), MEND).at_byte(text, position));
            }
            Ok(Event::Eof) => break,
            Ok(Event::Start(start)) => {
                any = true;
                let element = Element(start);
                visit(Step::Open(&element), open.len())?;
                open.push(element.name().to_owned());
                if open.len() > MAX_DEPTH {
                    return Err(Wrong::new(format!("its elements are nested deeper than {MAX_DEPTH}"), MEND));
                }
            }
            Ok(Event::Empty(start)) => {
                any = true;
                let element = Element(start);
                visit(Step::Open(&element), open.len())?;
                visit(Step::Close(element.name()), open.len())?;
            }
            Ok(Event::End(_)) => {
                if let Some(name) = open.pop() {
                    visit(Step::Close(&name), open.len())?;
                }
            }
            Ok(Event::Text(part)) => visit(Step::Text(&part.xml10_content()), open.len())?,
            Ok(_) => {}
        }
    }
    match open.last() {
        Some(name) => {
            Err(Wrong::new(format!("it ends inside the element `{name}`"), MEND).at_byte(text, text.len() as u64))
        }
        None if !any => Err(Wrong::new("there is no element in it", MEND)),
        None => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn torn_and_hostile_documents_end_in_an_error() {
        let walk = |text: &str| super::walk(text, &mut |_, _| Ok(()));
        assert!(walk("<a><b x='1'/></a>").is_ok());
        for text in ["", "text", "<a>", "<a><b></a>", "<a", "</a>", "<a x='1></a>", "<a></a", "<!-- "] {
            assert!(walk(text).is_err(), "{text}");
        }
        assert!(walk(&"<a>".repeat(100_000)).is_err());
        let bomb = "<!DOCTYPE a [<!ENTITY x 'xx'><!ENTITY y '&x;&x;'>]><a b='&y;'/>";
        let mut value = None;
        super::walk(bomb, &mut |step, _| {
            if let Step::Open(element) = step {
                value = element.attribute("b");
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(value.as_deref(), Some("&y;"));
    }

    #[test]
    fn the_root_is_found_in_the_beginning_of_a_file() {
        assert_eq!(root("\u{feff}<?xml version='1.0'?>\n<!-- x --><ns:bom xmlns:ns='u'><comp").as_deref(), Some("bom"));
        assert_eq!(root("<phpunit><testsuites>").as_deref(), Some("phpunit"));
        assert_eq!(root("no xml"), None);
    }
}
