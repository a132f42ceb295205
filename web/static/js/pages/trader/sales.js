// The page of sales has nothing to sign: it is read, and prints.
