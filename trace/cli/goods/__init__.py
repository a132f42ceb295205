"""Commands about goods: recording, receiving, showing, tracing, labelling them."""
