// Package machine says what the machine has.
package machine

// unknownMemory is assumed where the system does not tell.
const unknownMemory = 8 << 30
