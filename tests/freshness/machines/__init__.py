"""Several machines on this one: each is a network namespace on a bridge, with programs that are
started again when they end. Root, and Debian's haproxy, patroni and etcd-server, are needed."""
