//! Reading a database back into the IR.
