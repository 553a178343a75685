using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CascadeLocal.Calibration.Capture;

/// <summary>Seeds of sampled answers.</summary>
internal static class AnswerSeed
{
    /// <summary>
    /// The seed of one answer: another for every question and run, and the same whenever it is captured again.
    /// </summary>
    public static ulong Of(string id, int run) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{run}\0{id}")));
}
