using System.Numerics.Tensors;
using System.Security.Cryptography;

using CascadeLocal.Routing.StageOne;
using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Policies;

/// <summary>
/// policy.safetensors: the centroids, how far held-out questions are from them where novel queries are told, the forecast where there is
/// one, and the numbers of judges where there is Stage 2.
/// </summary>
internal static class PolicyTensors
{
    public const string CentroidsName = "stage1.centroids";
    public const string NoveltyName = "stage1.novelty";
    public const string ForecastPrefix = "stage1.forecast.";

    public static byte[] Serialize(Policy policy)
    {
        Centroids centroids = policy.Centroids;
        using MemoryStream stream = new();
        SafetensorsWriter.Write(stream,
        [
            new NamedTensor(CentroidsName, [centroids.Count, centroids.Dimensions], centroids.Values.ToArray()),
            .. policy.Novelty is { } novelty ? (NamedTensor[])[new(NoveltyName, [novelty.Distances.Length], novelty.Distances.ToArray())] : [],
            .. policy.Forecast?.Query.ToTensors(ForecastPrefix) ?? [],
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
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new PolicyException(file, "", e.Message, e);
        }
    }

    /// <summary>Takes the centroids out of the tensors.</summary>
    /// <exception cref="PolicyException">They are not there, or not as many as said.</exception>
    public static Centroids TakeCentroids(string file, Dictionary<string, NamedTensor> tensors, int clusters, int dimensions)
    {
        NamedTensor centroids = Take(file, tensors, CentroidsName);
        int[] expected = [clusters, dimensions];
        return centroids.Shape.SequenceEqual(expected) ? new(new PointSet(centroids.Values, dimensions)) : throw new PolicyException(
            file, CentroidsName, $"is {string.Join(" × ", centroids.Shape)}, but {PolicyFolder.DocumentName} says {string.Join(" × ", expected)}");
    }

    /// <summary>Takes a forecast out of the tensors.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tensors">What is left of its tensors.</param>
    /// <param name="part">What the document says of it.</param>
    /// <param name="dimensions">Of a query's vector.</param>
    /// <param name="models">How many there are.</param>
    /// <exception cref="PolicyException">It is not there, of another size, or expects what no answer can be.</exception>
    public static QueryForecast TakeForecast(string file, Dictionary<string, NamedTensor> tensors, PolicyDocument.ForecastPart part, int dimensions, int models)
    {
        ForecastClustering[] clusterings = [.. part.Clusters.Select((count, i) =>
        {
            (string centroidsName, string expectedName) = QueryForecast.NamesOf(ForecastPrefix, i);
            float[] centroids = Take(file, tensors, centroidsName, [count, dimensions]);
            float[] expected = Take(file, tensors, expectedName, [count, models]);
            return TensorPrimitives.Min<float>(expected) >= 0 && TensorPrimitives.Max<float>(expected) <= 1
                ? new ForecastClustering(new(new PointSet(centroids, dimensions)), expected)
                : throw new PolicyException(file, expectedName, "has a share that is not from 0 to 1");
        })];
        return new(
            clusterings,
            part.Linear ? new(Take(file, tensors, QueryForecast.LinearName(ForecastPrefix), [models, dimensions + 1]), dimensions) : null);
    }

    private static float[] Take(string file, Dictionary<string, NamedTensor> tensors, string name, int[] shape)
    {
        NamedTensor tensor = Take(file, tensors, name);
        return tensor.Shape.SequenceEqual(shape)
            ? tensor.Values
            : throw new PolicyException(file, name, $"is {string.Join(" × ", tensor.Shape)}, but must be {string.Join(" × ", shape)}");
    }

    /// <summary>Takes the distances of held-out questions out of the tensors.</summary>
    /// <exception cref="PolicyException">They are not there, none, too many, or not distances.</exception>
    public static float[] TakeNovelty(string file, Dictionary<string, NamedTensor> tensors)
    {
        NamedTensor novelty = Take(file, tensors, NoveltyName);
        if (novelty.Shape.Count != 1 || novelty.Values.Length is < 1 or > NoveltyBoundary.MostDistances)
        {
            throw new PolicyException(
                file, NoveltyName, $"is {string.Join(" × ", novelty.Shape)}, but must be a row of 1 to {NoveltyBoundary.MostDistances} distances");
        }

        return TensorPrimitives.Min<float>(novelty.Values) >= 0 ? novelty.Values : throw new PolicyException(file, NoveltyName, "has a distance below 0");
    }

    private static NamedTensor Take(string file, Dictionary<string, NamedTensor> tensors, string name) =>
        tensors.Remove(name, out NamedTensor? tensor) ? tensor : throw new PolicyException(file, name, "is missing");
}
