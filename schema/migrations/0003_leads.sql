-- A place for the branch "leads", whose file of this name takes it: numbers have no gaps.
SELECT;
