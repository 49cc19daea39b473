//! Which table comes first: the one that others refer to.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{ForeignKey, ObjectName};

/// Tables in an order in which what is referred to comes before what refers; within a cycle, only where the reference
/// is needed from the start.
pub(super) fn order(
    keys: &BTreeMap<ObjectName, Vec<ForeignKey>>,
    is_needed: impl Fn(&ObjectName, &ForeignKey) -> bool,
) -> Vec<ObjectName> {
    let needed: BTreeMap<ObjectName, Vec<ForeignKey>> = keys
        .iter()
        .map(|(name, keys)| (name.clone(), keys.iter().filter(|key| is_needed(name, key)).cloned().collect()))
        .collect();
    let all = ordered(keys);
    let place = |name: &ObjectName| all.iter().position(|other| other == name);
    let holds = |name: &ObjectName, key: &ForeignKey| place(&key.references) <= place(name);
    match needed.iter().all(|(name, keys)| keys.iter().all(|key| holds(name, key))) {
        true => all,
        false => ordered(&needed),
    }
}

fn ordered(keys: &BTreeMap<ObjectName, Vec<ForeignKey>>) -> Vec<ObjectName> {
    let mut ordered = Vec::new();
    let mut seen = BTreeSet::new();
    for name in keys.keys() {
        visit(name, keys, &mut seen, &mut ordered);
    }
    ordered
}

fn visit(
    start: &ObjectName,
    keys: &BTreeMap<ObjectName, Vec<ForeignKey>>,
    seen: &mut BTreeSet<ObjectName>,
    ordered: &mut Vec<ObjectName>,
) {
    // A stack of our own: chains of references may be long.
    let mut stack = vec![(start.clone(), false)];
    while let Some((name, done)) = stack.pop() {
        if done {
            ordered.push(name);
            continue;
        }
        if !keys.contains_key(&name) || !seen.insert(name.clone()) {
            continue;
        }
        stack.push((name.clone(), true));
        for key in keys.get(&name).into_iter().flatten().rev() {
            stack.push((key.references.clone(), false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_referred_to_comes_first() {
        let name = |text: &str| ObjectName::bare(text);
        let key = |to: &str| ForeignKey::new("k", vec!["a".to_owned()], name(to), vec!["a".to_owned()]);
        let keys = BTreeMap::from([
            (name("a"), vec![key("c")]),
            (name("b"), vec![key("a"), key("b")]),
            (name("c"), vec![key("d")]),
            (name("d"), vec![key("c")]),
        ]);
        let texts = |order: Vec<ObjectName>| order.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(texts(order(&keys, |_, _| false)), ["d", "c", "a", "b"]);
        assert_eq!(texts(order(&keys, |table, _| table.name == "d")), ["a", "b", "c", "d"]);
    }
}
