namespace CascadeLocal.Trainer.Gguf;

/// <summary>Type numbers of metadata values in a GGUF file.</summary>
internal enum GgufValueType : uint
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Float32,
    Boolean,
    Text,
    Array,
    UInt64,
    Int64,
    Float64,
}
