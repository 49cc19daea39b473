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
