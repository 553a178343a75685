using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Native;

/// <summary>A block of native memory for the state of a sequence, of any length.</summary>
internal sealed unsafe class StateBuffer : IDisposable
{
    /// <summary>Allocates it; its content is undefined.</summary>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="OutOfMemoryException">There is no memory.</exception>
    public StateBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        Pointer = (byte*)NativeMemory.Alloc((nuint)length);
    }

    /// <summary>Where it begins; null once it is disposed of.</summary>
    public byte* Pointer { get; private set; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>A part of it.</summary>
    public Span<byte> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
        return new Span<byte>(Pointer + start, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
