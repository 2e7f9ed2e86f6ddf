//! What changed between two versions of a body, as one replaced range. Plugins mostly set
//! or remove a member, so this says more in less space than the whole body would.

#[derive(Debug, PartialEq, Eq)]
pub struct Splice<'a> {
    /// Where the range begins, in bytes.
    pub at: usize,
    pub removed: &'a [u8],
    pub inserted: &'a [u8],
}

/// None if the change is too large for a splice to be shorter than the new version.
pub fn between<'a>(old: &'a [u8], new: &'a [u8]) -> Option<Splice<'a>> {
    let mut start = common_prefix(old, new);
    let mut tail = common_suffix(&old[start..], &new[start..]);
    // Show whole JSON members: begin after a separator and end before one, if they are near.
    if let Some(back) = near(old[..start].iter().rev(), b"{[,\n") {
        start -= back;
    }
    if let Some(forth) = near(old[old.len() - tail..].iter(), b"}],\n") {
        tail -= forth;
    }
    let splice = Splice {
        at: start,
        removed: &old[start..old.len() - tail],
        inserted: &new[start..new.len() - tail],
    };
    (splice.removed.len() + splice.inserted.len() <= new.len() / 2).then_some(splice)
}

/// How many bytes come before the first separator, if it is near.
fn near<'a>(bytes: impl Iterator<Item = &'a u8>, separators: &[u8]) -> Option<usize> {
    bytes.take(120).position(|b| separators.contains(b))
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const STEP: usize = 64;
    let whole = a
        .chunks_exact(STEP)
        .zip(b.chunks_exact(STEP))
        .take_while(|(a, b)| a == b)
        .count()
        * STEP;
    whole
        + a[whole..]
            .iter()
            .zip(&b[whole..])
            .take_while(|(a, b)| a == b)
            .count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    const STEP: usize = 64;
    let whole = a
        .rchunks_exact(STEP)
        .zip(b.rchunks_exact(STEP))
        .take_while(|(a, b)| a == b)
        .count()
        * STEP;
    let (a, b) = (&a[..a.len() - whole], &b[..b.len() - whole]);
    whole
        + a.iter()
            .rev()
            .zip(b.iter().rev())
            .take_while(|(a, b)| a == b)
            .count()
}
