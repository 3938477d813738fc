-- A place for the branch "people", whose file of this name takes it: numbers have no gaps.
SELECT;
