import { useEffect, useState } from "react";

const pauseMS = 200; // of who types

/** What was typed, once the typing rests: what is worth asking the server for. */
export function useTyped(text: string): string {
  const [rested, rest] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => rest(text.trim()), pauseMS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
