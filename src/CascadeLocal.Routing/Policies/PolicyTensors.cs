using System.Numerics.Tensors;
using System.Security.Cryptography;

using CascadeLocal.Routing.StageOne;
using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Policies;

/// <summary>
/// policy.safetensors: the centroids, how far held-out questions are from them where novel queries are told, and the numbers of judges
/// where there is Stage 2.
/// </summary>
internal static class PolicyTensors
{
    public const string CentroidsName = "stage1.centroids";
    public const string NoveltyName = "stage1.novelty";

    public static byte[] Serialize(Policy policy)
    {
        Centroids centroids = policy.Centroids;
        float[] values = new float[centroids.Count * centroids.Dimensions];
        for (int c = 0; c < centroids.Count; c++)
            centroids[c].CopyTo(values.AsSpan(c * centroids.Dimensions));
        using MemoryStream stream = new();
        SafetensorsWriter.Write(stream,
        [
            new NamedTensor(CentroidsName, [centroids.Count, centroids.Dimensions], values),
            .. policy.Novelty is { } novelty ? (NamedTensor[])[new(NoveltyName, [novelty.Distances.Length], novelty.Distances.ToArray())] : [],
            .. EscalationPartWriter.Tensors(policy.Escalation),
        ]);
        return stream.ToArray();
    }

    /// <summary>Reads all tensors, and checks that they are numbers and the file is the one meant.</summary>
    /// <param name="file">The file.</param>
    /// <param name="hash">SHA-256 of it, in hexadecimal.</param>
    /// <exception cref="PolicyException">It is not there, damaged or another.</exception>
    public static Dictionary<string, NamedTensor> Read(string file, string hash)
    {
        if (!File.Exists(file))
            throw new PolicyException(file, "", "there is no such file");
        try
        {
            using SafetensorsFile tensors = new(file);
            Dictionary<string, NamedTensor> read = tensors.Names.ToDictionary(name => name, tensors.Read);
            if (Convert.ToHexStringLower(SHA256.HashData(PolicyFolder.ReadBytes(file))) != hash)
                throw new PolicyException(file, "", $"is not the file that {PolicyFolder.DocumentName} was written with (tensors_sha256)");
            if (read.Values.FirstOrDefault(t => t.Values.Length > 0 && !TensorPrimitives.IsFiniteAll<float>(t.Values)) is { } broken)
                throw new PolicyException(file, broken.Name, "has a number that is not finite");
            return read;
        }
        catch (FormatException e)
        {
            throw new PolicyException(file, "", e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PolicyException(file, "", e.Message, e);
        }
    }

    /// <summary>Takes the centroids out of the tensors.</summary>
    /// <exception cref="PolicyException">They are not there, or not as many as said.</exception>
    public static Centroids TakeCentroids(string file, Dictionary<string, NamedTensor> tensors, int clusters, int dimensions)
    {
        if (!tensors.Remove(CentroidsName, out NamedTensor? centroids))
            throw new PolicyException(file, CentroidsName, "is missing");
        int[] expected = [clusters, dimensions];
        return centroids.Shape.SequenceEqual(expected) ? new(new PointSet(centroids.Values, dimensions)) : throw new PolicyException(
            file, CentroidsName, $"is {string.Join(" × ", centroids.Shape)}, but {PolicyFolder.DocumentName} says {string.Join(" × ", expected)}");
    }

    /// <summary>Takes the distances of held-out questions out of the tensors.</summary>
    /// <exception cref="PolicyException">They are not there, none, too many, or not distances.</exception>
    public static float[] TakeNovelty(string file, Dictionary<string, NamedTensor> tensors)
    {
        if (!tensors.Remove(NoveltyName, out NamedTensor? novelty))
            throw new PolicyException(file, NoveltyName, "is missing");
        if (novelty.Shape.Count != 1 || novelty.Values.Length is < 1 or > NoveltyBoundary.MostDistances)
        {
            throw new PolicyException(
                file, NoveltyName, $"is {string.Join(" × ", novelty.Shape)}, but must be a row of 1 to {NoveltyBoundary.MostDistances} distances");
        }

        return TensorPrimitives.Min<float>(novelty.Values) >= 0 ? novelty.Values : throw new PolicyException(file, NoveltyName, "has a distance below 0");
    }
}
