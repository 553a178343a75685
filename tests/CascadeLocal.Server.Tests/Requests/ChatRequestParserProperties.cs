using System.Globalization;
using System.Text;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;

using CsCheck;

using Xunit;

namespace CascadeLocal.Server.Tests.Requests;

public sealed class ChatRequestParserProperties
{
    private static readonly string[] Keys =
    [
        "role", "content", "type", "text", "include_usage", .. RequestFields.Chat.Fields.Select(field => field.Name),
    ];

    private static readonly string[] Atoms =
    [
        "null", "true", "false", "0", "-1", "1", "1.5", "1e999", "-1e-999", "99999999999999999999", "\"\"", "\"user\"",
        "\"text\"", "\"NaN\"", "\"\\ud800\"", "\"\\u0000\"", "\"é\"", "[]", "{}", "NaN", "",
    ];

    private static readonly Gen<string> Json = Gen.Recursive<string>((depth, inner) =>
        depth > 4
            ? OneOf(Atoms)
            : Gen.Frequency(
                (3, OneOf(Atoms)),
                (2, inner.Array[0, 4].Select(items => $"[{string.Join(',', items)}]")),
                (5, Gen.Select(OneOf(Keys), inner).Array[0, 6].Select(ObjectOf))));

    // Half of the requests are right but for some fields, so that the parser gets beyond its first check.
    private static readonly Gen<string> Requests = Gen.OneOf(
        Json,
        Gen.Select(OneOf(Keys), Json).Array[0, 4].Select(members =>
            "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" + string.Concat(members.Select(m => $",\"{m.Item1}\":{m.Item2}")) + "}"));

    private static Gen<string> OneOf(string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string ObjectOf((string Key, string Value)[] members) =>
        "{" + string.Join(',', members.Select(m => string.Create(CultureInfo.InvariantCulture, $"\"{m.Key}\":{m.Value}"))) + "}";

    [Fact]
    public void Whatever_comes_is_parsed_or_400() => Requests.Sample(json => ParsesOrIs400(Encoding.UTF8.GetBytes(json)), iter: 20_000);

    [Fact]
    public void Random_bytes_are_400() => Gen.Byte.Array[0, 200].Sample(ParsesOrIs400, iter: 5_000);

    private static bool ParsesOrIs400(byte[] body)
    {
        try
        {
            return ChatRequestParser.Parse(body).Request.Messages.Count > 0;
        }
        catch (ApiException e)
        {
            return e.Error.Status == 400;
        }
    }
}
