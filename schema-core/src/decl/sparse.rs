//! How what an item says is remembered: of the many things that it may say, those that it says.
//!
//! A derived form has a place for each field, and most are empty: to write and read those took half of the time that outlines
//! take.

use serde::de::{Error as _, SeqAccess};

/// What may be left out.
pub(super) trait Unsaid {
    /// True where nothing is said.
    fn is_unsaid(&self) -> bool;
}

impl<T> Unsaid for Option<T> {
    fn is_unsaid(&self) -> bool {
        self.is_none()
    }
}

impl<T> Unsaid for Vec<T> {
    fn is_unsaid(&self) -> bool {
        self.is_empty()
    }
}

/// The next element, which must be there.
pub(super) fn next<'de, T: serde::Deserialize<'de>, A: SeqAccess<'de>>(seq: &mut A) -> Result<T, A::Error> {
    seq.next_element()?.ok_or_else(|| A::Error::custom("the record ends too early"))
}

/// The fields that are always written, then a number whose bits say which of the others follow, then those.
macro_rules! sparse {
    ($name:ident { $($always:ident),+ ; $($rare:ident),+ $(,)? }) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple as _;
                let rare = [$(!self.$rare.is_unsaid()),+];
                let said = rare.iter().rev().fold(0_u64, |bits, said| bits << 1 | u64::from(*said));
                let mut tuple = serializer.serialize_tuple([$(stringify!($always)),+].len() + 1 + rare.len())?;
                $(tuple.serialize_element(&self.$always)?;)+
                tuple.serialize_element(&said)?;
                $(if !self.$rare.is_unsaid() {
                    tuple.serialize_element(&self.$rare)?;
                })+
                tuple.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;

                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $name;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str(stringify!($name))
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<$name, A::Error> {
                        $(let $always = next(&mut seq)?;)+
                        let mut said: u64 = next(&mut seq)?;
                        $(
                            let $rare = if said & 1 == 1 { next(&mut seq)? } else { Default::default() };
                            said >>= 1;
                        )+
                        let _ = said;
                        Ok($name { $($always,)+ $($rare),+ })
                    }
                }

                let length = [$(stringify!($always)),+].len() + 1 + [$(stringify!($rare)),+].len();
                deserializer.deserialize_tuple(length, Visitor)
            }
        }
    };
}

pub(super) use sparse;

#[cfg(test)]
mod tests {
    use crate::attrs;
    use crate::decl::TableDecl;

    const SAYS_MUCH: &str = r#"
        #[table(name = "t", schema = "s", comment = "c", renamed_from = "u", small, unlogged, row_security, with(fillfactor = 70),
            index(a, b desc), unique(a, b), check("a > 0", name = "t_a"), foreign_key(a, references = O(a)), allow(drop_column("old"), reason = "r"))]
        #[sqlx(rename_all = "snake_case")]
        struct T {
            #[column(primary_key, identity = always, sequence(start = 10), comment = "c")] a: i64,
            #[column(name = "bb", unique, index, default = "1", check = "b > 0", references = O, renamed_from = "x", backfill = "2")] b: i64,
            #[column(generated = "a + 1", stored, collate = "C", type = "text")] c: Option<Vec<String>>,
            #[sqlx(flatten)] d: D,
            e: Option<String>,
        }"#;

    fn decl(source: &str) -> TableDecl {
        attrs::table(&syn::parse_str(source).unwrap()).unwrap()
    }

    fn said(decl: &TableDecl) -> [usize; 3] {
        let text = format!("{decl:?}");
        ["Some(", "value: ", "None"].map(|word| text.matches(word).count())
    }

    #[test]
    fn what_is_written_is_read_back() {
        for source in [SAYS_MUCH, "struct T { a: i64 }"] {
            let decl = decl(source);
            let written = postcard::to_allocvec(&decl).unwrap();
            let read: TableDecl = postcard::from_bytes(&written).unwrap();
            assert_eq!(said(&read), said(&decl));
            assert_eq!(postcard::to_allocvec(&read).unwrap(), written);
        }
        let read: TableDecl = postcard::from_bytes(&postcard::to_allocvec(&decl(SAYS_MUCH)).unwrap()).unwrap();
        let [a, b, c, d, e] = read.fields.as_slice() else { panic!("{read:?}") };
        assert_eq!((read.name.unwrap().value.as_str(), read.ident.span.start()), ("t", (5, 16)));
        assert!(a.sequence.is_some() && a.comment.is_some() && a.backfill.is_none());
        assert_eq!(b.backfill.as_ref().unwrap().value, "2");
        assert_eq!(
            (c.generated.is_some(), c.collate.is_some(), d.flatten.is_some(), e.flatten.is_some()),
            (true, true, true, false)
        );
    }

    #[test]
    fn a_torn_record_is_none() {
        let written = postcard::to_allocvec(&decl(SAYS_MUCH)).unwrap();
        for length in 0..written.len() {
            assert!(postcard::from_bytes::<TableDecl>(&written[..length]).is_err(), "{length}");
        }
    }
}
