using System.Runtime.InteropServices;

namespace CascadeLocal.Routing.Tensors;

/// <summary>Memory that vectors of 64 bytes are loaded from, zeroed.</summary>
internal sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;

    /// <param name="length">How many numbers it holds.</param>
    public AlignedBuffer(long length)
    {
        nuint bytes = checked((nuint)length * (nuint)sizeof(T));
        Pointer = (T*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(Pointer, bytes);
        Length = length;
    }

    /// <summary>Frees it; the kernel reads it only while its owner is in use.</summary>
    ~AlignedBuffer() => Free();

    public T* Pointer { get; private set; }

    public long Length { get; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
